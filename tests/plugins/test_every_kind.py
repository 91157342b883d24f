"""Panels that a plugin hangs on every kind of record, its own and those that hang on others excepted."""

from vinculo.plugins.contributions import Part


def test_a_panel_for_every_kind_is_on_each_that_people_work_with(build_app, switch_plugin):
    switch_plugin("interactions", True)
    switch_plugin("tasks", True)
    registry = build_app().state.site.registry
    with_tasks = {
        kind for kind, panels in registry.panels.items() if any(one.item.name == "tasks" for one in panels)
    }
    assert with_tasks >= {"client", "counterparty", "person", "interaction"}
    assert with_tasks.isdisjoint({"task", "task_plan", "task_type", "note", "file", "user", "department"})
    assert registry.owners[Part.PANELS, "interaction: tasks"] == "tasks"
