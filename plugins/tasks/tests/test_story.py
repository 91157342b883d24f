"""Tasks as people meet them: my day, cards, calendar, load, rights, files."""

import re
from datetime import timedelta

from vinculo.actor import Scope
from vinculo.i18n import today


def day(days):
    return (today() + timedelta(days=days)).isoformat()


def part(page, title):
    """The tasks under a heading of my day."""
    found = re.search(rf'day-part">{title}.*?</table>', page, re.DOTALL)
    return re.findall(r'href="/tasks/\d+">([^<]+)<', found[0]) if found else []


def test_my_day_shows_what_waits_for_me(admin, make_task, make_client, make_user, count_queries):
    client = make_client("Padaria <Luz>")
    ben = make_user("ben")
    make_task("Late", due_on=day(-2), assignee_id=1, client_id=client.id)
    make_task("For today", due_on=day(0), due_time="23:59", assignee_id=1)
    make_task("Soon", due_on=day(3), assignee_id=1, repeat="week")
    make_task("Some day", assignee_id=1)
    make_task("Far", due_on=day(30), assignee_id=1)
    make_task("His", due_on=day(0), assignee_id=ben.id)

    page = admin.get("/tasks/day").text
    assert part(page, "Overdue") == ["Late"]
    assert part(page, "Today") == ["For today"]
    assert part(page, "Next 7 days") == ["Soon"]
    assert part(page, "Without a day") == ["Some day"]
    assert "Padaria &lt;Luz&gt;" in page
    assert "His" not in page
    with count_queries() as sent:
        admin.get("/tasks/day")
    assert len(sent) <= 7
    home = admin.get("/").text
    assert 'action="/tasks/1/done?back=/"' in home
    assert 'href="/tasks/day"' in home


def test_a_line_adds_a_task_and_undo_takes_it_back(admin, rows, toast):
    page = admin.post("/tasks/add", data={"subject": "Buy paper", "due_on": day(0), "back": "/tasks/day"})
    assert part(page.text, "Today") == ["Buy paper"]
    assert rows()[0].assignee_id == 1
    admin.post(toast(page)[1])
    assert rows() == []
    page = admin.post("/tasks/add", data={"subject": "Bad", "due_on": "soon", "back": "//evil.example"})
    assert page.status_code == 422
    assert 'value="soon"' in page.text
    assert "evil" not in page.text


def test_a_task_hangs_on_any_record(admin, make_client, make_person, make_counterparty, rows):
    client, ana = make_client("Luz"), make_person("Ana")
    firm = make_counterparty("Luz Ltda")
    card = admin.get(f"/people/{ana.id}").text
    assert f'name="person_id" value="{ana.id}"' in card
    admin.post("/tasks/add", data={"person_id": ana.id, "subject": "Birthday", "back": f"/people/{ana.id}"})
    admin.post("/tasks/add", data={"counterparty_id": firm.id, "subject": "Check the tax number"})
    admin.post("/tasks/add", data={"client_id": client.id, "subject": "Visit"})
    for url, subject in (("/people/1", "Birthday"), ("/counterparties/1", "Check the tax number"),
                         ("/clients/1", "Visit")):  # fmt: skip
        assert re.search(rf'href="/tasks/\d+">{subject}<', admin.get(url).text)
    about = {"about_kind": "person", "about_id": 99, "subject": "Nobody"}
    assert admin.post("/tasks/add", data=about).status_code == 404
    assert admin.post("/tasks/add", data={**about, "about_id": ana.id}).status_code == 200
    assert (rows()[-1].about_kind, rows()[-1].about_id) == ("person", ana.id)


def test_a_client_tells_what_is_next_and_late_and_what_was_done(admin, make_client, make_task):
    client = make_client("Luz")
    make_task("One", client_id=client.id, due_on=day(-3))
    make_task("Two", client_id=client.id, due_on=day(2))
    make_task("Three", client_id=client.id)
    card = admin.get("/clients/1").text
    assert re.search(r"Overdue tasks.*?>1<", card, re.DOTALL)
    rows = re.search(r'href="(/tasks\?[^"]*due_on[^"]*today[^"]*)"', card)
    listed = admin.get(rows[1].replace("&amp;", "&")).text
    assert ("One" in listed, "Two" in listed) == (True, False), "the figure opens what it counts"
    (item,) = admin.get("/api/v1/clients?fields=tasks_open,tasks_overdue,tasks_next").json()["items"]
    assert [item[f"tasks_{name}"] for name in ("open", "overdue", "next")] == [3, 1, day(-3)]

    admin.post("/tasks/1/done", data={"result": "They agree"})
    card = admin.get("/clients/1").text
    line = re.search(r'<ol class="timeline">.*?</ol>', card, re.DOTALL)[0]
    assert "Task done" in line
    assert "They agree" in line
    assert "Two" in admin.get("/search?q=two").text


def test_the_calendar_shows_a_month_and_a_week(admin, make_task, make_user):
    ben = make_user("ben")
    make_task("Mine", due_on="2026-11-30", due_time="09:30", assignee_id=1)
    make_task("His", due_on="2026-11-30", assignee_id=ben.id)
    make_task("Gone", due_on="2026-11-30", assignee_id=1, state="cancelled")
    page = admin.get("/tasks/calendar?on=2026-11-15").text
    assert "Nov 2026" in page
    cell = re.search(r'<time datetime="2026-11-30".*?</td>', page, re.DOTALL)[0]
    assert "Mine" in cell
    assert "09:30" in cell
    assert "His" not in page
    assert "Gone" not in page
    everybody = admin.get("/tasks/calendar?on=2026-11-30&as=week&who=all").text
    assert "His" in everybody
    assert everybody.count("<td") == 7
    for wrong in ("as=year", "on=soon", "on=9999-12-31", "on=0001-01-01", "who=me"):
        assert admin.get(f"/tasks/calendar?{wrong}").status_code == 400


def test_load_counts_and_each_figure_opens_its_list(admin, make_task, make_user, make_type):
    ben = make_user("ben", full_name="Ben Ito")
    call = make_type("Call")
    for days in (-9, -1, 0, 5, 40):
        make_task(f"In {days}", due_on=day(days), assignee_id=ben.id, type_id=call.id)
    make_task("Nobody's", due_on=day(-1))
    make_task("Done", due_on=day(-1), assignee_id=ben.id, state="done")
    page = admin.get("/tasks/load").text
    row = re.search(r"Ben Ito.*?</tr>", page, re.DOTALL)[0]
    cells = re.findall(r'href="([^"]+)">(\d+)<', row)
    assert [count for _url, count in cells] == ["2", "1", "1", "1"]
    for url, count in cells:
        items = admin.get("/api/v1" + url.replace("&amp;", "&")).json()["items"]
        assert len(items) == int(count)
    assert "Nobody" in page
    by_type = admin.get("/tasks/load?by=type").text
    assert re.search(r'type_id=1">5<', by_type)
    assert admin.get("/tasks/load?by=colour").status_code == 400


def test_own_are_those_that_i_was_given_or_set(
    database, open_browser, make_user, make_role, make_task, make_client, session
):
    ana, ben = make_user("ana"), make_user("ben")
    make_role("Member", {"*": Scope.OWN})
    theirs = make_client("Ben's", responsible_id=ben.id)
    make_task("For Ana on a client of Ben", client_id=theirs.id, assignee_id=ana.id)
    make_task("For Ben", client_id=theirs.id, assignee_id=ben.id)
    reader = open_browser(ana)
    listed = reader.get("/api/v1/tasks").json()["items"]
    assert [one["subject"] for one in listed] == ["For Ana on a client of Ben"]
    assert reader.get("/api/v1/tasks/2").status_code == 404
    assert reader.post("/tasks/2/done").status_code == 404
    assert reader.post("/tasks/1/done").url.path == "/tasks/1"
    page = reader.get("/tasks/calendar?who=all").text + reader.get("/tasks/load").text
    assert "For Ben" not in page
    assert "Ben&#39;s" not in reader.get("/tasks/day").text, "nor the name of his client"
    reader.post("/tasks/add", data={"subject": "Mine", "assignee_id": ben.id})
    assert len(reader.get("/api/v1/tasks").json()["items"]) == 2, "whoever set a task sees it"
    hers = [one["subject"] for one in open_browser(ben).get("/api/v1/tasks").json()["items"]]
    assert sorted(hers) == ["For Ana on a client of Ben", "For Ben", "Mine"]
