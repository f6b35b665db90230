"""harmless: random changes of a recorded trial that mean nothing, of which none must be found."""
import edit
from corrupt import closed_records

CLEAN = {}          # name -> function(records, random source)


def clean(function):
    CLEAN[function.__name__.replace("_", "-")] = function
    return function


@clean
def event_repeated_in_the_log(records, rng):
    row = rng.choice([r for r in closed_records(records, single=False)
                      if not r["topic"].endswith(".dlq.v1") and r["topic"] != "orders.state.v1"])
    edit.append_record(records, row)


@clean
def stream_repeated_in_the_log(records, rng):
    """All that one source told to one destination comes again, in its order."""
    row = rng.choice([r for r in closed_records(records) if "batuta-stream" in dict(r["headers"])])
    source = dict(row["headers"])["batuta-stream"].split(" ")[0]
    for again in [r for r in records.topics["a"] if edit.place_of(r)[:2] == edit.place_of(row)[:2]
                  and dict(r["headers"]).get("batuta-stream", "").startswith(source + " ")]:
        edit.append_record(records, again)


@clean
def dumps_in_another_order(records, rng):
    for rows in (*records.topics.values(), *records.ends.values()):
        rng.shuffle(rows)


@clean
def rows_in_another_order(records, rng):
    for tables in records.sql.values():
        for rows in tables.values():
            rng.shuffle(rows)


@clean
def broker_clock_shifted(records, rng):
    by = rng.randrange(-12_000, 12_000)
    for reader in ("a", "b"):
        records.topics[reader] = [{**r, "time": r["time"] + by} for r in records.topics[reader]]


@clean
def hole_healed(records, rng):
    """A record was lost between producer and log, and the source sent it and what follows again."""
    chains = {}
    for row in closed_records(records):
        mark = dict(row["headers"]).get("batuta-stream")
        if mark and not row["topic"].endswith(".routed.v1"):
            chains.setdefault((row["topic"], row["partition"], mark.split(" ")[0]), []).append(row)
    rows = rng.choice([c for c in chains.values() if len(c) > 1])
    n = rng.randrange(len(rows))
    lost = edit.place_of(rows[n])
    later = [r for r in records.topics["a"] if edit.place_of(r)[:2] == lost[:2] and r["offset"] >
             lost[2] and dict(r["headers"])["batuta-stream"].split(" ")[0] ==
             dict(rows[n]["headers"])["batuta-stream"].split(" ")[0]]
    edit.drop_record(records, lost, close=True)
    for row in sorted([rows[n], *later], key=lambda r: r["offset"]):
        edit.append_record(records, row)


@clean
def client_clock_shifted(records, rng):
    hour = rng.randrange(24)
    records.client = [{**r, "time": f"2001-01-01T{hour:02d}" + r["time"][13:]}
                      for r in records.client]


@clean
def outcome_unknown(records, rng):
    """The client did not hear an answer."""
    n = rng.choice([n for n, r in enumerate(records.client) if r["event"] == "ok"
                    and r["op"] not in reads(records)])
    edit.set_row(records.client, n, event="info", answer=None)


def reads(records):
    return {r["op"] for r in records.client if r.get("command") == "read"}


@clean
def client_never_ended(records, rng):
    del records.client[rng.choice([n for n, r in enumerate(records.client)
                                   if r["event"] == "ok"])]


@clean
def committed_offset_lags(records, rng):
    n = rng.randrange(len(records.groups))
    offset = records.groups[n]["offset"] - rng.randrange(1, 9)
    edit.set_row(records.groups, n, offset=max(offset, 0))


@clean
def receiver_got_it_again(records, rng):
    rows = records.receivers[rng.choice(sorted(p for p in records.receivers
                                               if records.receivers[p]))]
    n = rng.randrange(len(rows))
    rows.insert(rng.randrange(n + 1, len(rows) + 1), rows[n])


@clean
def unsent_command_is_unknown(records, rng):
    """A client tried, and nobody knows what became of it."""
    invoke = rng.choice([r for r in records.client if r["event"] == "invoke"
                         and r["command"] != "read"])
    records.client += [{**invoke, "op": 10**6, "id": f"unknown-{rng.random()}"},
                       {"event": rng.choice(("info", "fail")), "op": 10**6, "time": invoke["time"]}]


@clean
def old_snapshot_compacted(records, rng):
    latest = {r["key"]: edit.place_of(r) for r in records.topics["a"]
              if r["topic"] == "orders.state.v1"}
    old = [edit.place_of(r) for r in records.topics["a"] if r["topic"] == "orders.state.v1"
           and latest[r["key"]] != edit.place_of(r)]
    edit.drop_record(records, rng.choice(old), readers=rng.choice(("ab", "a", "b")))


@clean
def more_faults_happened(records, rng):
    fault = dict(rng.choice(records.faults))
    records.faults.append({**fault, "kind": "stop", "seconds": rng.randrange(1, 60)})


@clean
def takeover_more(records, rng):
    service = rng.choice(edit.SERVICES)
    rows = records.sql[service]["stream"]
    n = rng.randrange(len(rows))
    edit.set_row(rows, n, epoch=rows[n]["epoch"] + rng.randrange(1, 9))
