"""The encoding of a text file: what is guessed, and what is offered where it may be another."""
# ruff: noqa: RUF001 -- texts of many alphabets

from __future__ import annotations

import pytest

from vinculo.records.tabular_encoding import choose_encoding, readings

TEXTS = {
    "big5": "編號,姓名,城市\n1,王小明,臺北市信義區\n2,陳美玲,高雄市\n3,景點中文名稱,開放時間與票價\n",
    "gb18030": "名称,城市\n北京同仁堂,北京\n中国石油,上海市浦东新区\n",
    "cp932": "氏名,都市\n山田太郎,東京\n佐藤はなこ,おおさか\nカタカナ,横浜\n",
    "euc_jp": "氏名,都市\n山田太郎,東京\n佐藤はなこ,おおさか\nカタカナ,横浜\n",
    "cp949": "이름,도시\n김철수,서울\n이영희,부산\n",
    "koi8-r": "имя,город\nИван Петров,Москва\nМария,Казань\n",
    "cp1251": "имя,город\nИван Петров,Москва\nМария,Казань\nПётр,Уфа\n",
    "cp1252": "nome,cidade\nJosé Conceição,São Paulo\nÂngela,Brasília\nJoão,Goiânia\n",
    "cp1253": "όνομα,πόλη\nΓιώργος,Αθήνα\nΜαρία,Θεσσαλονίκη\n",
    "cp1250": "imię\nŁukasz Żółć,Łódź\n",
    "utf-8": "nome\nJosé\nМария\n王小明\n",
}
REAL = {
    "dirty_tables/characters.csv": "big5",
    "dirty_tables/spanish_chars.csv": "cp1252",
    "dirty_tables/sparse_with_column_errors.csv": "cp1252",
    "dirty_tables/utf-16le_encoded.csv": "utf-16",
    "dirty_tables/utf8bom.csv": "utf-8-sig",
    "dirty_tables/mixedGLB.csv": "utf-8",
    "dirty_tables/excel_pasting.csv": "utf-8",
    "northwind/customers.csv": "utf-8",
    "gleif_legal_entities/gleif_flat.csv": "utf-8",
    "maven_crm_pipeline/accounts.csv": "utf-8",
    "febrl_contacts/dataset1.csv": "utf-8",
    "vcards/John_Doe_ANDROID.vcf": "utf-8",
    "adventureworks_raw/Store.csv": "utf-8",
    "bank_statements/1c/tochka_one_document_input.txt": "cp1251",
}


@pytest.fixture
def made(tmp_path):
    def write(text: str, encoding: str):
        path = tmp_path / "file.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.mark.parametrize("encoding", sorted(TEXTS.keys() - {"cp1250", "cp1253"}))
def test_texts_of_many_countries_are_read_right(made, encoding):
    path = made(TEXTS[encoding], encoding)
    found = choose_encoding(path)
    assert path.read_text(found) == TEXTS[encoding], found


@pytest.mark.parametrize("name", REAL)
def test_files_of_the_world_are_read_as_what_they_are(real_file, name):
    assert choose_encoding(real_file(name)) == REAL[name]


@pytest.mark.parametrize("encoding", ["gb18030", "euc_jp", "cp949", "koi8-r", "cp1253", "cp1250"])
def test_the_right_reading_is_offered_where_it_is_not_clear(made, encoding):
    text = TEXTS[encoding]
    path = made(text, encoding)
    offered, clear = readings(path, choose_encoding(path))
    words = {one.encoding: one.words for one in offered}

    assert not clear
    assert 2 <= len(words) <= 3
    assert words[encoding].split()[0] in text


def test_nothing_is_asked_where_it_is_clear_or_makes_no_difference(made):
    assert readings(made(TEXTS["utf-8"], "utf-8"), "utf-8") == ((), True)
    offered, clear = readings(made(TEXTS["cp1252"], "cp1252"), "cp1252")
    assert clear
    assert offered[0].words.startswith("José Conceição")
    assert readings(made("name\nplain\n", "ascii"), "cp1252")[0] == ()


@pytest.mark.databases("sqlite")
def test_the_page_lets_choose_by_what_reads_right(office):
    browser, csrf = office.browser()
    text = "imię,miasto\nŻółć,Łódź\nŁukasz,Kraków\n"
    with browser:
        file = {"file": ("pl.csv", text.encode("cp1250"))}
        page = browser.post("/clients/import", files=file, data={"_csrf": csrf})
        assert '<details class="readings" open>' in page.text
        link = f"{page.url.path}?encoding=cp1250&amp;separator=&amp;header="
        assert f'<a href="{link}">Central European (windows-1250)</a></dt><dd>imię Żółć' in page.text
        chosen = browser.get(link.replace("&amp;", "&"))
        assert '<details class="readings">' in chosen.text
        assert "Łukasz" in chosen.text
        assert "£ukasz" not in chosen.text.partition("First rows of the file")[2]
