"""What reports of half a million payments read, in indexes that have all of it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
FREE = {"sqlite_where": sa.text("free_amount > 0"), "postgresql_where": sa.text("free_amount > 0")}
PAYMENT = "payments_payment"


def upgrade() -> None:
    op.create_index("ix_payments_invoice_sales", "payments_invoice", ["issued_on", "state", "base_amount"])
    op.drop_index("ix_payments_payment_paid_on_flow_base_amount", PAYMENT)
    op.create_index(
        "ix_payments_payment_moved", PAYMENT,
        ["flow", "paid_on", "direction_id", "account_id", "desk_id", "base_amount"],
    )  # fmt: skip
    op.drop_index("ix_payments_payment_free", PAYMENT)
    op.create_index(
        "ix_payments_payment_free", PAYMENT, ["client_id", "flow", "paid_on", "base_free"], **FREE
    )


def downgrade() -> None:
    op.drop_index("ix_payments_payment_free", PAYMENT)
    op.create_index("ix_payments_payment_free", PAYMENT, ["id"], **FREE)
    op.drop_index("ix_payments_payment_moved", PAYMENT)
    op.create_index(
        "ix_payments_payment_paid_on_flow_base_amount", PAYMENT, ["paid_on", "flow", "base_amount"]
    )
    op.drop_index("ix_payments_invoice_sales", "payments_invoice")
