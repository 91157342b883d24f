# ruff: noqa: E501, RUF001, SIM905 - word lists in Cyrillic, kept as running text
# ruff: noqa: E501 - word lists in Cyrillic, kept as running text
"""Names of firms that do not exist, with the legal forms, industries and banks of their country."""

from dataclasses import dataclass
from random import Random

INDUSTRIES = (
    "Food production",
    "Beverages",
    "Cosmetics",
    "Pharmaceuticals",
    "Household chemicals",
    "Logistics",
    "Retail",
    "Furniture",
    "Electronics",
    "Agriculture",
    "Building materials",
    "Textiles",
)
"""One vocabulary for all countries: the sample company's own staff choose from it."""

_STEMS = {
    "pt": (
        "Aurora Azul|Barra Clara|Boa Colheita|Brisa do Vale|Caminho Novo|Casa Ipê|Céu Aberto|Chão de Minas|"
        "Córrego Fundo|Dois Irmãos|Estrela da Manhã|Flor de Açaí|Fonte Viva|Galo Dourado|Horizonte Verde|Jacarandá|"
        "Lua Cheia|Maré Mansa|Monte Sião|Nascente|Onça Pintada|Pedra Branca|Pé de Serra|Pôr do Sol|Quatro Ventos|"
        "Raiz Forte|Rio Bonito|Sabiá|São Benedito|Serra Nova|Tamanduá|Três Corações do Sul|Trigo Dourado|Vale Encantado|"
        "Vereda|Vila Esperança|Vitória-Régia|Xodó"
    ).split("|"),
    "ru": (
        "Северный ветер|Белая берёза|Тихая пристань|Медвежий угол|Золотой колос|Лесная сказка|Полярный круг|Ясный день|"
        "Старый мост|Синяя птица|Верный путь|Алый парус|Живой родник|Каменный пояс|Медный всадник|Новый берег|"
        "Речной вокзал|Светлый терем|Сосновый бор|Степной ковыль|Таёжный край|Уральский узор|Утренняя роса|"
        "Хлебный двор|Чистый исток|Янтарный берег|Ёлочная мастерская|Журавлиный клин|Зимний сад|Первый снег|"
        "Волжский плёс|Кедровый дом|Льняная нить|Малиновый звон"
    ).split("|"),
    "en": (
        "Amber Hollow|Birchgate|Bluewater Fern|Copper Lantern|Dovecote|Elderbrook|Fernhill|Granite Bay|Harrow & Finch|"
        "Ivory Mill|Juniper Ridge|Kestrel Point|Larkspur|Meadowgate|Northlight|Oak & Anvil|Pinewhistle|Quarrybank|"
        "Redfern Hill|Saltmarsh|Thistledown|Umberfield|Violet Quay|Willowmere"
    ).split("|"),
    "de": (
        "Ährenfeld|Bärenbrück|Eichgrund|Flößer|Grünwinkel|Haselbach|Königsquell|Lindenhöhe|Mühlental|Nordlicht|"
        "Rügenfeld|Süderholz|Tannengrün|Wiesenthal"
    ).split("|"),
    "es": "Alba Serena|Cañada Real|Dos Ríos|El Olmo|La Cigüeña|Montaña Azul|Peñaclara|Viña Sur".split("|"),
    "fr": "Belle Rivière|Château d'Eau|Clé des Champs|Forêt Bleue|Grand Chêne|Île Rousse|L'Étoile|Pré Doré".split(
        "|"
    ),
    "kz": "Алтын дән|Ақ бұлақ|Жаңа қадам|Көк төбе|Сары арқа|Тау самалы|Ұлы дала|Шаңырақ".split("|"),
    "jp": "Aoba|Hinode|Kawasemi|Midorigaoka|Shirakaba|Tsukimi".split("|"),
}
_JAPANESE = dict(zip(_STEMS["jp"], "青葉|日の出|かわせみ|緑ヶ丘|白樺|月見".split("|"), strict=True))

_TRADES = {
    "pt": (
        "Alimentos|Bebidas|Cosméticos|Farma|Higiene e Limpeza|Transportes|Supermercados|Móveis|Eletrônica|"
        "Agropecuária|Materiais de Construção|Confecções"
    ).split("|"),
    "ru": (
        "Продукты|Напитки|Косметика|Фарм|Бытхим|Логистика|Торговый дом|Мебель|Электро|Агро|Стройматериалы|Текстиль"
    ).split("|"),
    "en": "Foods|Drinks|Beauty|Pharma|Home Care|Logistics|Stores|Furniture|Electronics|Farms|Building Supply|Textiles".split("|"),
    "de": (
        "Lebensmittel|Getränke|Kosmetik|Pharma|Haushaltschemie|Spedition|Handel|Möbelwerk|Elektronik|Agrar|Baustoffe|Textil"
    ).split("|"),
    "es": (
        "Alimentación|Bebidas|Cosmética|Farmacia|Limpieza|Transportes|Comercio|Muebles|Electrónica|Agrícola|"
        "Construcción|Textil"
    ).split("|"),
    "fr": (
        "Alimentaire|Boissons|Cosmétiques|Pharma|Entretien|Transports|Distribution|Meubles|Électronique|Agricole|"
        "Matériaux|Textiles"
    ).split("|"),
}  # fmt: skip

_FAMILY_OF_COUNTRY = {
    "BR": "pt", "PT": "pt", "RU": "ru", "KZ": "kz", "US": "en", "GB": "en", "DE": "de", "ES": "es", "FR": "fr",
    "JP": "jp",
}  # fmt: skip
_TRADES_OF_FAMILY = {"kz": "ru", "jp": "en"}

_LEGAL_FORMS = {
    "BR": ("{} Ltda.", "{} S.A.", "{} EIRELI", "{} Comércio e Indústria Ltda."),
    "PT": ("{}, Lda.", "{}, S.A.", "{} Unipessoal, Lda."),
    "RU": ("ООО «{}»", "АО «{}»", "ПАО «{}»", "ООО «ПК «{}»"),
    "KZ": ("ТОО «{}»", "АО «{}»"),
    "US": ("{} Inc.", "{} LLC", "{} Corp."),
    "GB": ("{} Ltd", "{} PLC", "{} LLP"),
    "DE": ("{} GmbH", "{} AG", "{} GmbH & Co. KG"),
    "ES": ("{}, S.L.", "{}, S.A."),
    "FR": ("{} SARL", "{} SAS"),
    "JP": ("株式会社{}", "合同会社{}"),
}

_BRANCHES = {
    "pt": ("Distribuidora", "Indústria", "Logística", "Varejo", "Participações"),
    "ru": ("Сервис", "Логистика", "Инвест", "Регион", "Производство"),
    "en": ("Distribution", "Holdings", "Services", "Manufacturing", "Trading"),
    "de": ("Vertrieb", "Service", "Holding", "Werke", "Logistik"),
    "es": ("Distribución", "Servicios", "Industrias", "Logística", "Inversiones"),
    "fr": ("Distribution", "Services", "Production", "Logistique", "Participations"),
    "jp": ("販売", "物流", "製作所", "サービス", "商事"),
}

BANKS = {
    "BR": "Banco Horizonte do Brasil", "RU": "АКБ «Северный причал»", "PT": "Banco Maré Alta",
    "US": "Harbor & Teal Bank", "DE": "Lindenkasse Berlin", "GB": "Vellum & Cob Bank", "KZ": "АО «Дала Банк»",
    "ES": "Banco de la Ribera", "FR": "Crédit du Hameau", "JP": "Minato Horizon Bank",
}  # fmt: skip
"""The one invented bank of each country; its codes are in the account numbers."""


@dataclass(frozen=True)
class Firm:
    """A firm as the market knows it; its legal entities are named after it."""

    name: str
    stem: str
    industry: str
    country: str


class Market:
    """Gives out firms, never two of one name."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._taken: set[str] = set()

    def firm(self, country: str) -> Firm:
        """A new firm of the country, its name telling its trade."""
        family = _FAMILY_OF_COUNTRY[country]
        trades = _TRADES[_TRADES_OF_FAMILY.get(family, family)]
        while True:
            stem, trade = self._rng.choice(_STEMS[family]), self._rng.randrange(len(trades))
            name = (
                f"{trades[trade]} «{stem}»" if trades[trade] == "Торговый дом" else f"{stem} {trades[trade]}"
            )
            if family in {"ru", "kz"} and trades[trade] != "Торговый дом":
                name = (
                    f"{stem} — {trades[trade].lower()}"
                    if self._rng.random() < 0.5
                    else f"{stem} {trades[trade]}"
                )
            if name not in self._taken:
                self._taken.add(name)
                return Firm(name, stem, INDUSTRIES[trade], country)


def legal_names(rng: Random, firm: Firm, count: int) -> list[str]:
    """Names of the firm's legal entities: the main one, then its branches, all different."""
    family = _FAMILY_OF_COUNTRY[firm.country]
    branches = _BRANCHES["ru" if family == "kz" else family]
    core = _JAPANESE.get(firm.stem, firm.name.replace("«", "").replace("»", ""))
    base = _JAPANESE.get(firm.stem, firm.stem)
    joint = "" if family == "jp" else " "
    cores = [core, *(f"{base}{joint}{branch}" for branch in rng.sample(branches, count - 1))]
    return [rng.choice(_LEGAL_FORMS[firm.country]).format(name) for name in cores]
