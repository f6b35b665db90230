"""corrupt: random mechanical changes of a recorded trial, of which each must be found. Each is
given its own copy of the records and a random source."""
import json

import edit
from base import money
from tables import OPEN_TOPICS, owner_of, partner_of
from story import euro

CLASSES = {}        # name -> (checks of which one must find it, function)
FIGURES = ("reserved", "committed", "posted")


def corruption(*checks):
    def note(function):
        CLASSES[function.__name__.replace("_", "-")] = (checks, function)
        return function
    return note


def cents(rng):
    return rng.choice((-1, 1)) * rng.randrange(1, 500) * 10_000


def decimal(micro):
    sign, micro = ("-", -micro) if micro < 0 else ("", micro)
    return f"{sign}{micro // 10**6}.{micro % 10**6:06d}"


def closed_records(records, single=True):
    """Records of our own topics; `single`: those that are in the log once."""
    rows = [r for r in records.topics["a"] if owner_of(r["topic"])]
    if not single:
        return rows
    counts = {}
    for r in rows:
        key = (r["topic"], r["partition"], r["key"], str(r["headers"]), r["value"])
        counts.setdefault(key, []).append(r)
    return [found[0] for found in counts.values() if len(found) == 1]


# --- the log

@corruption("K1", "K13")
def event_dropped_from_the_log(records, rng):
    row = rng.choice([r for r in closed_records(records) if r["topic"] != "orders.state.v1"])
    edit.drop_record(records, edit.place_of(row), close=rng.random() < 0.5)


@corruption("K1")
def command_dropped_from_the_log(records, rng):
    row = rng.choice([r for r in records.topics["a"] if r["topic"] in OPEN_TOPICS])
    edit.drop_record(records, edit.place_of(row), close=rng.random() < 0.5)


@corruption("K2")
def event_invented(records, rng):
    row = rng.choice(closed_records(records))
    body = json.loads(row["value"] or "{}")
    body["note"] = f"invented {rng.random()}"
    edit.append_record(records, {**row, "value": json.dumps(body)}, read=rng.random() < 0.5)


@corruption("K2")
def command_invented(records, rng):
    row = rng.choice([r for r in records.topics["a"] if r["topic"] in OPEN_TOPICS])
    headers = edit.set_header(row["headers"], "ce_id", f"invented-{rng.random()}")
    edit.append_record(records, {**row, "headers": headers}, read=rng.random() < 0.5)


@corruption("K5")
def readers_disagree(records, rng):
    row = rng.choice(records.topics["a"])
    reader = rng.choice("ab")
    if rng.random() < 0.3 and row["topic"] != "orders.state.v1":
        return edit.drop_record(records, edit.place_of(row), readers=reader)
    return edit.change_record(records, edit.place_of(row), readers=reader, **rng.choice((
        {"value": (row["value"] or "") + " "}, {"key": row["key"] + "x"},
        {"headers": [*row["headers"], ["added", "1"]]})))


@corruption("K4", "K1", "K13")
def events_swapped_in_the_log(records, rng):
    """Two neighbours of one source change places."""
    places = {}
    for row in closed_records(records):
        if row["topic"] != "orders.state.v1" and not row["topic"].endswith(".dlq.v1"):
            source = dict(row["headers"]).get("batuta-stream", "x 1").split(" ")[0]
            places.setdefault((row["topic"], row["partition"], source), []).append(row)
    rows = rng.choice([p for p in places.values() if len(p) > 1])
    n = rng.randrange(len(rows) - 1)
    one, two = rows[n], rows[n + 1]
    for row, other in ((one, two), (two, one)):
        edit.change_record(records, edit.place_of(row), key=other["key"], value=other["value"],
                           headers=other["headers"])


@corruption("K13")
def partner_number_changed(records, rng):
    at = rng.choice(partner_events(records))
    headers = edit.event_of(records, at)["headers"]
    number = int(dict(headers)["ce_sequence"]) + rng.choice((-1, 1, 5))
    edit.change_event(records, at, headers=edit.set_header(headers, "ce_sequence",
                                                           f"{max(number, 0):020d}"))


def partner_events(records):
    return edit.journal_events(records, lambda row, n: partner_of(row["topics"][n]) is not None,
                               ("notifications",))


@corruption("K13")
def partner_told_of_another(records, rng):
    at = rng.choice(partner_events(records))
    edit.change_body(records, at, lambda body: body.update(partner="stranger"))


# --- journals

@corruption("K2", "K15", "K1", "K4")
def event_dropped_from_the_journal(records, rng):
    edit.drop_event(records, rng.choice(edit.journal_events(records)))


@corruption("K15")
def batch_dropped_from_the_journal(records, rng):
    service = rng.choice([s for s in edit.SERVICES if records.rows(s, "journal")])
    rows = records.sql[service]["journal"]
    del rows[rng.randrange(len(rows))]


@corruption("K3")
def input_applied_twice(records, rng):
    service, index, n = rng.choice(edit.inputs_of(records))
    rows = records.sql[service]["journal"]
    text = rows[index]["inputs"][n]
    later = rng.choice([k for k in range(index, len(rows)) if rows[k]["part"] ==
                        rows[index]["part"]])
    edit.set_inputs(records, service, later, [*rows[later]["inputs"], text])


@corruption("K1")
def input_never_applied(records, rng):
    service, index, n = rng.choice(edit.inputs_of(records))
    inputs = records.sql[service]["journal"][index]["inputs"]
    edit.set_inputs(records, service, index, inputs[:n] + inputs[n + 1:])


@corruption("K4")
def inputs_applied_in_another_order(records, rng):
    """Two events of one source to one reader are applied the other way round."""
    places = {}
    for at in edit.inputs_of(records, ("event",)):
        _, topic, source, *_ = edit.input_text(records, at).split(" ")
        part = records.sql[at[0]]["journal"][at[1]]["part"]
        places.setdefault((at[0], part, topic, source), []).append(at)
    row = rng.choice([p for p in places.values() if len(p) > 1])
    n = rng.randrange(len(row) - 1)
    texts = [edit.input_text(records, at) for at in row[n:n + 2]]
    for at, text in zip(row[n:n + 2], reversed(texts)):
        inputs = list(records.sql[at[0]]["journal"][at[1]]["inputs"])
        inputs[at[2]] = text
        edit.set_inputs(records, at[0], at[1], inputs)


@corruption("K4")
def fact_renumbered(records, rng):
    """ce_sequence of a fact, in its journal and in the log."""
    at = rng.choice(numbered(records))
    headers = edit.event_of(records, at)["headers"]
    number = int(dict(headers)["ce_sequence"]) + rng.choice((-1, 1, 2))
    edit.change_event(records, at, headers=edit.set_header(headers, "ce_sequence",
                                                           f"{max(number, 0):020d}"))


def numbered(records):
    """Facts of an aggregate that are told once under their id."""
    found, told = [], {}
    for at in edit.journal_events(records):
        event = edit.event_of(records, at)
        named = dict(event["headers"])
        if "ce_sequence" in named and event["topic"] != "orders.state.v1":
            told.setdefault((at[0], event["part"], named["ce_id"]), []).append(at)
    for places in told.values():
        if len(places) == 1:
            found += places
    return found


@corruption("K4")
def fact_rewritten(records, rng):
    """The body of a fact, in its journal and in the log: only its hash can tell."""
    at = rng.choice(numbered(records))
    edit.change_body(records, at, lambda body: body.update(
        extra=f"not told {rng.random()}"))


# --- orders

@corruption("K1", "K15")
def order_row_lost(records, rng):
    rows = records.sql["orders"]["orders"]
    del rows[rng.choice([n for n, r in enumerate(rows) if not r["dry_run"]])]


@corruption("K6")
def order_state_flipped(records, rng):
    rows = records.sql["orders"]["orders"]
    n = rng.choice([n for n, r in enumerate(rows) if not r["dry_run"]])
    states = ("received", "priced", "approved", "confirmed", "shipped", "closed", "refused",
              "cancelled", "expired")
    edit.set_row(rows, n, state=rng.choice([s for s in states if s != rows[n]["state"]]))


@corruption("K6")
def fact_of_another_state(records, rng):
    """A fact says that it made something of the order that cannot follow."""
    at = rng.choice([a for a in edit.journal_events(
        records, lambda row, n: row["types"][n] in (
            "batuta.orders.order.priced.v1", "batuta.orders.order.approved.v1",
            "batuta.orders.order.received.v1"), ("orders",)) if a in numbered(records)])
    edit.change_body(records, at, lambda body: body.update(state=rng.choice(("shipped", "closed",
                                                                             "expired"))))


@corruption("K8")
def order_total_changed(records, rng):
    rows = records.sql["orders"]["orders"]
    n = rng.choice([n for n, r in enumerate(rows) if r["priced"] and money(r["total"]) > 10**7])
    member = rng.choice(("total", "subtotal"))
    edit.set_row(rows, n, **{member: decimal(money(rows[n][member]) + cents(rng))})


@corruption("K8")
def sub_order_changed(records, rng):
    rows = records.sql["orders"]["orders"]
    n = rng.choice([n for n, r in enumerate(rows) if r["sub_orders"]])
    subs = list(rows[n]["sub_orders"])
    k = rng.randrange(len(subs))
    subs[k] = {**subs[k], "total": euro(decimal(money(subs[k]["total"]) + cents(rng)))}
    edit.set_row(rows, n, sub_orders=subs)


# --- money

@corruption("K8")
def posting_changed(records, rng):
    rows = records.sql["approvals"]["posting"]
    n = rng.randrange(len(rows))
    column = rng.choice(("amount", *FIGURES, *(f"{f}_after" for f in FIGURES)))
    edit.set_row(rows, n, **{column: decimal(money(rows[n][column]) + cents(rng))})


@corruption("K8")
def posting_dropped(records, rng):
    rows = records.sql["approvals"]["posting"]
    del rows[rng.randrange(len(rows))]


@corruption("K7", "K8")
def hold_of_another_order(records, rng):
    """A posting moves to another order of the account."""
    rows = records.sql["approvals"]["posting"]
    n = rng.choice([n for n, r in enumerate(rows) if r["order_id"]])
    others = [r["order_id"] for r in rows if r["order_id"] not in (None, rows[n]["order_id"])]
    edit.set_row(rows, n, order_id=rng.choice(others))


@corruption("K7")
def limit_was_lower(records, rng):
    """The account had less credit than it used."""
    used = {}
    for row in records.sql["approvals"]["posting"]:
        if row["kind"] == "reserve":
            sums = sum(money(row[f"{f}_after"]) for f in FIGURES)
            used[row["account"]] = max(used.get(row["account"], 0), sums)
    account = rng.choice(sorted(used))
    at = rng.choice([a for a in edit.journal_events(
        records, lambda row, n: row["types"][n] == "batuta.approvals.account.changed.v1")
        if json.loads(edit.event_of(records, a)["value"])["account"] == account])
    limit = decimal(rng.randrange(used[account]) // 10_000 * 10_000)
    edit.change_body(records, at, lambda body: body.update(limit=euro(limit)))


@corruption("K3", "K15")
def stock_changed(records, rng):
    rows = records.sql["catalog"]["stock"]
    n = rng.randrange(len(rows))
    column = rng.choice(("on_hand", "reserved"))
    edit.set_row(rows, n, **{column: decimal(money(rows[n][column]) +
                                             rng.choice((-1, 1, 2)) * 10**6)})


# --- people

def with_yes(records):
    rows = records.sql["approvals"]["order_authorization"]
    return rows, [n for n, r in enumerate(rows) if r["approvals"]]


@corruption("K10")
def own_order_approved(records, rng):
    rows, found = with_yes(records)
    n = rng.choice(found)
    k = rng.randrange(len(rows[n]["approvals"]))
    edit.set_row(rows, n, **{rng.choice(("buyer", "principal", "sales_rep")):
                             rows[n]["approvals"][k]["user"]})


@corruption("K10")
def approval_to_another_content(records, rng):
    rows, found = with_yes(records)
    edit.set_row(rows, rng.choice(found), content_hash=f"{rng.getrandbits(256):064x}")


@corruption("K10")
def approval_added_or_taken(records, rng):
    rows, found = with_yes(records)
    n = rng.choice(found)
    approvals = list(rows[n]["approvals"])
    if rng.random() < 0.5:
        del approvals[rng.randrange(len(approvals))]
    else:
        approvals.append({**rng.choice(approvals), "tier": len(approvals) + 1})
    edit.set_row(rows, n, approvals=approvals)


# --- clients

@corruption("K12")
def answered_differently(records, rng):
    """A command that was accepted is sent again and accepted again, as if it were new."""
    acks = edit.journal_events(records, lambda row, n: row["types"][n].endswith(
        ".command.accepted.v1") and own_input(row, n) is not None)
    service, index, n = rng.choice(acks)
    row = records.sql[service]["journal"][index]
    event = edit.event_of(records, (service, index, n))
    cause = cause_in(row["headers"][n])
    sent = next(r for r in records.topics["a"] if dict(r["headers"]).get("ce_id") == cause)
    sent = edit.append_record(records, {**sent, "headers": edit.set_header(
        sent["headers"], "ce_id", f"again-{cause}")})
    _, _, rest = own_input(row, n).split(" ", 2)
    pairs = edit.set_header(event["headers"], "ce_id", "1-999999")
    pairs = edit.set_header(pairs, "ce_causationid", f"again-{cause}")
    columns = {c: [*row[c], row[c][n]] for c in ("topics", "partitions", "keys", "types", "bodies")}
    place = "/".join(map(str, edit.place_of(sent)))
    edit.set_row(records.sql[service]["journal"], index, **columns,
                 inputs=[*row["inputs"], f"command {place} {rest}"],
                 headers=[*row["headers"], edit.pack_headers(pairs)])


def own_input(row, n):
    """The command that an event of this row answers, when it came straight to its partition."""
    cause = cause_in(row["headers"][n])
    return next((text for text in row["inputs"] if text.startswith("command ")
                 and f"\nce_id={cause}\n" in text), None)


def cause_in(headers):
    """The id of what led to an event; the header names source#id."""
    return next((line.rpartition("#")[2] for line in headers.split("\n")
                 if line.startswith("ce_causationid=")), None)


@corruption("K1", "K6")
def client_saw_what_is_not(records, rng):
    """The client log has one more answer, or one more read, than the system knows."""
    rows = records.client
    if rng.random() < 0.5:
        invoke = rng.choice([r for r in rows if r["event"] == "invoke" and r["command"] != "read"])
        rows += [{**invoke, "op": 10**6, "id": "lost"}, {"event": "ok", "op": 10**6,
                                                         "time": invoke["time"]}]
        return
    n = rng.choice([n for n, r in enumerate(rows) if r["event"] == "ok"
                    and "state" in (r.get("answer") or {})])
    answer = {**rows[n]["answer"], **rng.choice(({"state": "previewed"}, {"order": "o-lost"}))}
    edit.set_row(rows, n, answer=answer)


@corruption("K13")
def receiver_missed_one(records, rng):
    rows = records.receivers[rng.choice(sorted(p for p in records.receivers
                                               if records.receivers[p]))]
    n = rng.randrange(len(rows))
    if rng.random() < 0.5:
        del rows[n]
    else:
        edit.set_row(rows, n, **rng.choice(({"id": "1-0"}, {"sequence": 999},
                                            {"body_hash": "0" * 64}, {"key": "o-lost"})))


# --- positions and faults

@corruption("K15", "K5", "K17")
def position_moved(records, rng):
    service = rng.choice(edit.SERVICES)
    rows = records.sql[service]["stream"]
    n = rng.randrange(len(rows))
    column = rng.choice(("in_off", "out_seq", "pub_seq", "batch_no"))
    if column == "in_off":
        places = list(rows[n]["in_off"])
        k = rng.choice([k for k, p in enumerate(places) if p > 0])
        places[k] += rng.choice((-1, 1))
        return edit.set_row(rows, n, in_off=places)
    by = -1 if column == "pub_seq" and rows[n][column] > 0 else 1
    return edit.set_row(rows, n, **{column: rows[n][column] + by})


@corruption("K17")
def not_at_rest(records, rng):
    if rng.random() < 0.5:
        records.trial.update(quiesced=False, left=["orders/0: 1 events are not acknowledged"])
    else:
        service = rng.choice(edit.SERVICES)
        records.trial["ready"] = {**records.trial["ready"], service: {"status": 503,
                                                                      "missing": ["postgres"]}}


@corruption("K18")
def fault_did_not_happen(records, rng):
    n = rng.randrange(len(records.faults))
    if rng.random() < 0.5:
        del records.faults[n]
    else:
        edit.set_row(records.faults, n, happened=False)
