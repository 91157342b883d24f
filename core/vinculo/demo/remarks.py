# ruff: noqa: RUF001 - Russian remarks are spelt in Cyrillic

"""Short remarks on clients and on the links of their counterparties, in the client's language."""

from random import Random

_CLIENT_NOTES = {
    "pt_BR": (
        "Prefere contato por telefone na parte da manhã.",
        "Fábrica nova em construção; previsão de início no segundo semestre.",
        "Paga sempre no dia 10. Não enviar boleto antes do dia 25.",
        "Indicação de um cliente antigo da região.",
        "Entrega só pela portaria dos fundos, com agendamento.",
        "Decide tudo em comitê, contar com três semanas por proposta.",
        "Conhecemos na feira de embalagens do ano passado.",
    ),
    "ru": (
        "Звонить после обеда, с утра у них планёрка.",
        "Просят оригиналы документов курьером, сканы не принимают.",
        "Строят второй склад, будет потребность в оборудовании.",
        "Пришли по рекомендации, к цене относятся спокойно.",
        "Оплата по факту, отсрочка не более 14 дней.",
        "Решение принимает собственник, директор только готовит.",
        "Познакомились на отраслевой выставке.",
    ),
    "en": (
        "Prefers e-mail; calls only when something is urgent.",
        "Second site opens next year, ask about the timeline.",
        "Purchase orders go through the group's portal.",
        "Referred by a long-standing customer.",
        "Deliveries before 11:00 only, narrow gate.",
        "Budget year starts in April.",
        "Met them at the packaging fair, stand next to ours.",
    ),
}
_REASONS = {
    "pt_BR": ("Contrato assinado", "Primeiro faturamento", "Incluída a pedido do cliente", "Nova filial"),
    "ru": ("Заключён договор", "Первая отгрузка", "Добавлено по просьбе клиента", "Открыт филиал"),
    "en": ("Contract signed", "First invoice", "Added at the client's request", "New branch"),
}
_MOVES = {
    "pt_BR": ("Empresa vendida a outro grupo", "Cisão do grupo", "Mudança de controle societário"),
    "ru": ("Компания продана другой группе", "Выделение из группы", "Сменился собственник"),
    "en": ("Company sold to another group", "Demerger", "Change of ownership"),
}


def client_note(rng: Random, language: str) -> str:
    """A remark on the client; most have none."""
    return rng.choice(_CLIENT_NOTES[language]) if rng.random() < 0.35 else ""


def link_reason(rng: Random, language: str) -> str:
    """Why a counterparty came to the client."""
    return rng.choice(_REASONS[language])


def move_reason(rng: Random, language: str) -> str:
    """Why a counterparty went over to another client."""
    return rng.choice(_MOVES[language])
