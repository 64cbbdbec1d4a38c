"""``sekisho incident``: what has to be answered for."""

import typer

from sekisho.cli.incident import duties, opening, rollup, showing, stating, table, working

app = typer.Typer(help="What has to be answered for.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def incident() -> None:
    """What has to be answered for."""


app.command("open")(opening.open_incident)
app.command("list")(showing.list_incidents)
app.command("show")(showing.show)
app.command("table")(table.table)
app.command("add")(opening.add)
app.command("remove")(opening.remove)
app.command("set")(working.change)
app.command("note")(working.note)
app.command("reason")(working.reason)
app.command("measure")(working.measure)
app.command("task")(working.task)
app.command("state")(stating.state)
app.command("compare")(stating.compare)
app.command("persons")(stating.show_persons)
app.command("same")(stating.same)
app.command("propose")(rollup.propose)
app.command("count-file")(rollup.count_file)
app.command("roll-up")(rollup.roll_up)
app.command("deadlines")(duties.deadlines)
app.command("facts")(duties.facts)
app.command("decide")(duties.decide)
app.command("close")(opening.close)
app.command("reopen")(opening.reopen)
