# ruff: noqa: E501, RUF001, SIM905 - word lists in Cyrillic, kept as running text
# ruff: noqa: E501 - word lists in Cyrillic, kept as running text
"""Names of people and their jobs, by country and language, and the Latin spelling for addresses."""

import re
import unicodedata
from random import Random

LANGUAGE_OF_COUNTRY = {"BR": "pt_BR", "PT": "pt_BR", "RU": "ru", "KZ": "ru"}
"""Countries not listed are written to in English."""

_GIVEN = {
    "pt_BR": (
        "Ana Beatriz|Antônio|Beatriz|Bruno|Caio|Camila|Cássia|César|Cláudia|Conceição|Débora|Diego|Eduarda|"
        "Fábio|Fernanda|Flávio|Gabriela|Gonçalo|Heloísa|Igor|Inês|Isadora|João Pedro|Júlia|Larissa|Leandro|"
        "Letícia|Lúcia|Luís|Márcia|Marcos Vinícius|Mariana|Maurício|Mônica|Natália|Otávio|Patrícia|Paulo|"
        "Rafaela|Renato|Rogério|Sebastião|Sílvia|Tatiane|Thaís|Tomás|Valéria|Vinícius|Vitória|Zélia"
    ).split("|"),
    "en": (
        "Abigail|Alistair|Amelia|Andre|Bethany|Callum|Carmen|Charlotte|Colin|Danielle|Darnell|Edith|Ethan|"
        "Fiona|Gareth|Grace|Harriet|Hugh|Imogen|Isaac|Jasmine|Joanna|Joel|Keisha|Kieran|Laura|Lewis|Malcolm|"
        "Marcus|Megan|Miles|Naomi|Nathan|Olivia|Owen|Priya|Quentin|Rachel|Reuben|Rosalind|Samir|Simone|"
        "Stuart|Tamsin|Theodore|Tyler|Vanessa|Walter|Wendy|Zachary"
    ).split("|"),
    "de": "Anke|Bernd|Britta|Dörte|Florian|Frauke|Götz|Heike|Jörg|Jürgen|Katrin|Lars|Matthias|Sönke|Uwe".split(
        "|"
    ),
    "es": "Álvaro|Begoña|Carmen|Íñigo|Joaquín|Lucía|Martín|Nuria|Raúl|Rocío|Sofía|Víctor".split("|"),
    "fr": "Aurélie|Benoît|Céline|Éric|Françoise|Gaël|Hélène|Loïc|Maëlle|Noémie|Rémi|Thérèse".split("|"),
    "jp": "Akiko|Daichi|Emi|Haruto|Kenji|Mai|Naoko|Ryota|Satoshi|Yumi".split("|"),
}
_FAMILY = {
    "pt_BR": (
        "Abrantes|Aguiar|Amorim|Araújo|Assunção|Barcelos|Bragança|Brandão|Calixto|Carvalhal|Conceição|Couto|"
        "Damásio|Esteves|Falcão|Figueirôa|Fontenele|Galvão|Gusmão|Henriques|Lacerda|Leitão|Lobão|Magalhães|"
        "Marçal|Mendonça|Montanhês|Mourão|Nóbrega|Paixão|Peçanha|Queirós|Rezende|Sabóia|Salomão|Simões|"
        "Tavares|Teodósio|Vasconcelos|Veríssimo|Vilaça|Xavier"
    ).split("|"),
    "en": (
        "Abernathy|Ashworth|Bainbridge|Blackwood|Calloway|Cartwright|Delacroix|Dunmore|Ellsworth|Fairbanks|"
        "Gallagher|Greenhalgh|Halloran|Hargreaves|Ingram|Jennings|Kendrick|Langley|Lockhart|Maddox|Merriweather|"
        "Nakamura|Northcott|O'Rourke|Okafor|Osborne|Pemberton|Quinlan|Radcliffe|Rosenthal|Sandoval|Shackleton|"
        "Sutherland|Thackeray|Underhill|Vaughan|Wexford|Whitlock|Winslow|Yardley"
    ).split("|"),
    "de": "Brückner|Döring|Ebersbach|Großmann|Hölscher|Kästner|Lübbers|Möhring|Röttger|Schäfers|Tönnies|Wößner".split(
        "|"
    ),
    "es": "Aldecoa|Bermúdez|Cifuentes|Echevarría|Garrido|Ibáñez|Muñiz|Peñalver|Quiñones|Zúñiga".split("|"),
    "fr": "Bérenger|Chaumont|Desrosiers|Fauché|Guérin|Lefèvre|Maréchal|Pélissier|Rousselot|Vauclair".split(
        "|"
    ),
    "jp": "Aoyama|Fujisaki|Hoshino|Kurosawa|Minami|Nishida|Sakamoto|Tachibana|Ueno|Yoshikawa".split("|"),
}
_MEN_RU = (
    "Аркадий|Артём|Богдан|Вадим|Виталий|Глеб|Денис|Евгений|Захар|Игорь|Кирилл|Леонид|Максим|Никита|Олег|Павел|"
    "Роман|Семён|Тимофей|Фёдор|Эдуард|Юрий|Ярослав"
).split("|")
_WOMEN_RU = (
    "Алёна|Анфиса|Валентина|Вероника|Галина|Дарья|Евгения|Жанна|Зоя|Инна|Кристина|Лариса|Маргарита|Надежда|"
    "Оксана|Полина|Раиса|Снежана|Тамара|Ульяна|Элина|Юлия|Яна"
).split("|")
_FAMILY_RU = (
    "Абросимов|Алфёров|Белозёров|Булычёв|Верещагин|Воронцов|Гаврилов|Горшков|Дёмин|Ершов|Жаворонков|Завьялов|"
    "Ильин|Калашников|Колесов|Лаврентьев|Лукьянов|Мещеряков|Мухин|Назаров|Овчинников|Панфилов|Родионов|"
    "Сапожников|Тихомиров|Уваров|Филатов|Хлебников|Цветаев|Чернышёв|Шаповалов|Щербаков|Юдин|Яблоков"
).split("|")
_FATHER_RU = (
    "Александров|Андреев|Борисов|Вадимов|Викторов|Геннадьев|Дмитриев|Игорев|Константинов|Леонидов|Михайлов|"
    "Николаев|Олегов|Павлов|Сергеев|Юрьев"
).split("|")
_MEN_KZ = "Айдос|Арман|Бауыржан|Данияр|Ерлан|Нұрлан|Олжас|Тимур".split("|")
_WOMEN_KZ = "Айгүл|Әсел|Гүлнар|Динара|Жанар|Мадина|Сауле|Салтанат".split("|")
_FAMILY_KZ = "Абенов|Байжанов|Жақсылықов|Қасымов|Мұхтаров|Сейтқалиев|Төлегенов|Үмбетов".split("|")

_NAMING_OF_COUNTRY = {"BR": "pt_BR", "PT": "pt_BR", "DE": "de", "ES": "es", "FR": "fr", "JP": "jp"}
_PARTICLES_PT = ("", "", "", "da ", "de ", "dos ")

TITLES = {
    "en": {
        "decision_maker": "Managing Director|Operations Director|Head of Procurement|Plant Manager|Owner|"
        "Chief Operating Officer|VP Supply Chain",
        "user": "Packaging Engineer|Shift Supervisor|Warehouse Manager|Maintenance Lead|Production Planner|"
        "Quality Manager|Buyer|Logistics Coordinator",
        "payer": "Finance Manager|Accounts Payable Lead|Chief Accountant|Financial Controller|Treasurer",
    },
    "pt_BR": {
        "decision_maker": "Diretora-geral|Sócio-administrador|Diretor de Operações|Gerente de Suprimentos|"
        "Gerente Industrial|Proprietária|Head de Compras",
        "user": "Analista de Compras|Supervisor de Produção|Encarregado de Expedição|Coordenadora de Logística|"
        "Técnico de Manutenção|Engenheira de Embalagens|Chefe do Almoxarifado",
        "payer": "Gerente Financeiro|Analista de Contas a Pagar|Contador|Controller|Tesoureira",
    },
    "ru": {
        "decision_maker": "Генеральный директор|Коммерческий директор|Директор по закупкам|Начальник производства|"
        "Учредитель|Исполнительный директор|Руководитель отдела снабжения",
        "user": "Менеджер по закупкам|Заведующий складом|Инженер-технолог|Главный механик|Начальник смены|"
        "Специалист по логистике|Специалист по качеству",
        "payer": "Главный бухгалтер|Финансовый директор|Бухгалтер по расчётам|Экономист|Казначей",
    },
}
"""Job titles of each language and role, separated by bars."""

_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі"
_LATIN = (
    "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya a g q n o u u h i".split()
)
_TO_LATIN = {ord(letter): latin.replace("_", "") for letter, latin in zip(_CYRILLIC, _LATIN, strict=True)} | {
    ord("ß"): "ss"
}


def language_of(country: str) -> str:
    """The language in which a company of the country is written to."""
    return LANGUAGE_OF_COUNTRY.get(country, "en")


def full_name(rng: Random, country: str) -> str:
    """A name as people of that country write it, in their own alphabet (Japanese ones romanised)."""
    if country == "RU":
        return _russian(rng)
    if country == "KZ":
        return _kazakh(rng)
    naming = _NAMING_OF_COUNTRY.get(country, "en")
    given, family = rng.choice(_GIVEN[naming]), rng.choice(_FAMILY[naming])
    if naming == "pt_BR":
        family = rng.choice(_PARTICLES_PT) + family
        if rng.random() < 0.3:
            family = f"{rng.choice(_FAMILY[naming])} {family}"
    return f"{given} {family}"


def _russian(rng: Random) -> str:
    woman = rng.random() < 0.5
    given = rng.choice(_WOMEN_RU if woman else _MEN_RU)
    family = rng.choice(_FAMILY_RU) + ("а" if woman else "")
    if rng.random() < 0.4:
        return f"{family} {given}"
    return f"{family} {given} {rng.choice(_FATHER_RU)}{'на' if woman else 'ич'}"


def _kazakh(rng: Random) -> str:
    if rng.random() < 0.5:
        return f"{rng.choice(_FAMILY_KZ)}а {rng.choice(_WOMEN_KZ)}"
    return f"{rng.choice(_FAMILY_KZ)} {rng.choice(_MEN_KZ)}"


def job_title(rng: Random, language: str, role: str) -> str:
    """A job that fits the role which the person plays at the client."""
    return rng.choice(TITLES[language][role].split("|"))


def slug(text: str, separator: str = "-") -> str:
    """Spell the text with Latin letters and digits only, as in a domain or a mailbox."""
    latin = unicodedata.normalize("NFKD", text.lower().translate(_TO_LATIN))
    ascii_only = latin.encode("ascii", "ignore").decode().replace("'", "")
    return re.sub(r"[^a-z0-9]+", separator, ascii_only).strip(separator)
