"""The tables of interactions and of those who took part in them."""

import sqlalchemy as sa
from alembic import op

from vinculo.db.types import BigId, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "interactions_interaction",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("responsible_id", BigId, nullable=True),
        sa.Column(
            "type",
            sa.Enum(
                "meeting",
                "call_in",
                "call_out",
                "sms",
                "email",
                "note",
                name="interactiontype",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("happened_at", UtcDateTime(), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=False),
        sa.Column("next_step_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", BigId, nullable=True),
        sa.Column("changed_by_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_interactions_interaction_changed_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["clients_client.id"],
            name=op.f("fk_interactions_interaction_client_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["accounts_user.id"],
            name=op.f("fk_interactions_interaction_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["responsible_id"],
            ["accounts_user.id"],
            name=op.f("fk_interactions_interaction_responsible_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interactions_interaction")),
        sa.UniqueConstraint("external_id", name=op.f("uq_interactions_interaction_external_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("interactions_interaction", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_interactions_interaction_client_id_happened_at_id"),
            ["client_id", "happened_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_interactions_interaction_happened_at_id"), ["happened_at", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_interactions_interaction_responsible_id_happened_at_id"),
            ["responsible_id", "happened_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_interactions_interaction_responsible_id_next_step_on"),
            ["responsible_id", "next_step_on"],
            unique=False,
        )

    op.create_table(
        "interactions_participant",
        sa.Column("id", BigId, sa.Identity(always=False), nullable=False),
        sa.Column("interaction_id", BigId, nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["clients_client.id"],
            name=op.f("fk_interactions_participant_client_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions_interaction.id"],
            name=op.f("fk_interactions_participant_interaction_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people_person.id"],
            name=op.f("fk_interactions_participant_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interactions_participant")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("interactions_participant", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_interactions_participant_client_id"), ["client_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_interactions_participant_interaction_id"), ["interaction_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_interactions_participant_person_id"), ["person_id"], unique=False
        )


def downgrade() -> None:
    op.drop_table("interactions_participant")
    op.drop_table("interactions_interaction")
