# ruff: noqa: E501 - word lists, kept as running text
"""Towns, streets and telephone ranges of the countries where the sample clients live."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Town:
    """A town with the patterns of its postal code and land line (`#` stands for a digit)."""

    name: str
    region: str
    postal: str
    phone: str


TOWNS = {
    "BR": (
        Town("São Paulo", "SP", "0####-###", "+55112000####"),
        Town("Campinas", "SP", "130##-###", "+55193000####"),
        Town("Curitiba", "PR", "80###-###", "+55413000####"),
        Town("Belo Horizonte", "MG", "30###-###", "+55313000####"),
        Town("Florianópolis", "SC", "880##-###", "+55483000####"),
        Town("Goiânia", "GO", "740##-###", "+55623000####"),
        Town("Recife", "PE", "50###-###", "+55813000####"),
        Town("Ribeirão Preto", "SP", "140##-###", "+55163000####"),
    ),
    "RU": (
        Town("Москва", "Москва", "1####0", "+7495000####"),
        Town("Санкт-Петербург", "Санкт-Петербург", "19####", "+7812000####"),
        Town("Новосибирск", "Новосибирская область", "6300##", "+7383000####"),
        Town("Екатеринбург", "Свердловская область", "6200##", "+7343000####"),
        Town("Казань", "Республика Татарстан", "4200##", "+7843000####"),
        Town("Нижний Новгород", "Нижегородская область", "6030##", "+7831000####"),
        Town("Орёл", "Орловская область", "3020##", "+7486200####"),
    ),
    "PT": (
        Town("Lisboa", "Lisboa", "1###-###", "+351210000###"),
        Town("Porto", "Porto", "4###-###", "+351220000###"),
        Town("Évora", "Alentejo", "70##-###", "+351266000###"),
    ),
    "US": (
        Town("New York", "NY", "100##", "+1212555010#"),
        Town("Chicago", "IL", "606##", "+1312555011#"),
        Town("Austin", "TX", "787##", "+1512555012#"),
        Town("Denver", "CO", "802##", "+1303555013#"),
        Town("Portland", "OR", "972##", "+1503555014#"),
        Town("Atlanta", "GA", "303##", "+1404555015#"),
    ),
    "DE": (
        Town("Berlin", "Berlin", "10###", "+493023125###"),
        Town("Hamburg", "Hamburg", "20###", "+494066969###"),
        Town("Köln", "Nordrhein-Westfalen", "50###", "+492214710###"),
        Town("München", "Bayern", "80###", "+498999998###"),
    ),
    "GB": (
        Town("London", "Greater London", "E# #AB", "+442079460###"),
        Town("Manchester", "Greater Manchester", "M# #HT", "+441614960###"),
        Town("Leeds", "West Yorkshire", "LS# #DX", "+441134960###"),
        Town("Bristol", "Bristol", "BS# #QP", "+441174960###"),
        Town("Edinburgh", "Midlothian", "EH# #NW", "+441314960###"),
    ),
    "KZ": (
        Town("Алматы", "Алматы", "0500##", "+77272000###"),
        Town("Астана", "Астана", "0100##", "+77172000###"),
    ),
    "ES": (
        Town("Madrid", "Madrid", "280##", "+34910000###"),
        Town("Barcelona", "Cataluña", "080##", "+34930000###"),
    ),
    "FR": (
        Town("Paris", "Île-de-France", "750##", "+3319900####"),
        Town("Montpellier", "Occitanie", "340##", "+3346571####"),
    ),
    "JP": (
        Town("Tokyo", "Tokyo", "10#-00##", "+81312345###"),
        Town("Osaka", "Osaka", "53#-00##", "+81612345###"),
    ),
}

MOBILES = {
    "BR": "+551190000####",
    "RU": "+7900000####",
    "PT": "+35191000####",
    "DE": "+4917139200##",
    "KZ": "+7701000####",
    "ES": "+34600000###",
}
"""Countries without a range here give people a land line: the only numbers that are safe to print there."""

_STREETS = {
    "BR": "Rua das Acácias|Avenida Dom Sebastião|Rua Três Irmãos|Alameda dos Ipês|Rodovia do Café|Rua Padre Antão",
    "RU": "ул. Заводская|пр-т Строителей|ул. Берёзовая|Складской проезд|ул. Лётчика Ершова|наб. Речников",
    "PT": "Rua da Conceição|Avenida do Mar|Travessa das Flores|Largo do Moinho|Rua de São João",
    "US": "Maple Avenue|Foundry Street|Lakeview Drive|Industrial Parkway|Old Mill Road|Cedar Lane",
    "DE": "Hafenstraße|Mühlenweg|An der Weide|Gewerbering|Königsallee|Fährgasse",
    "GB": "Canal Street|Station Approach|Victoria Works|Old Dairy Lane|Kiln Road|Harbour Walk",
    "KZ": "ул. Достық|пр-т Абая|ул. Сарыарқа",
    "ES": "Calle del Olmo|Avenida de la Ribera|Polígono Las Peñas",
    "FR": "rue des Tilleuls|avenue de la Gare|quai du Canal",
    "JP": "Minami-cho|Kita-machi|Sakura-dori",
}
_NUMBER_FIRST = {"US", "GB", "FR"}


def fill(rng: Random, pattern: str) -> str:
    """Replace each `#` of the pattern by a digit."""
    return "".join(str(rng.randrange(10)) if sign == "#" else sign for sign in pattern)


def street(rng: Random, country: str) -> str:
    """A street with the house number where the country writes it."""
    name, number = rng.choice(_STREETS[country].split("|")), rng.randint(1, 480)
    if country in _NUMBER_FIRST:
        return f"{number} {name}"
    return f"{name} {number}" if country in {"DE", "JP"} else f"{name}, {number}"


class Telephones:
    """Numbers that nobody answers: ranges kept for fiction or, where there is none, not handed out.

    No number is given twice until its range is used up; a small range then repeats, as a switchboard does.
    """

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._given: set[str] = set()

    def office(self, town: Town) -> str:
        """A land line of the town."""
        return self._fresh(town.phone)

    def personal(self, country: str, town: Town) -> str:
        """A mobile, or a direct line where no mobile range is safe."""
        return self._fresh(MOBILES.get(country, town.phone))

    def _fresh(self, pattern: str) -> str:
        for _attempt in range(50):
            number = fill(self._rng, pattern)
            if number not in self._given:
                break
        self._given.add(number)
        return number
