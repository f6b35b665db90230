"""life: K6 what may follow what, one end for each order and none for ever open; K10 approvals bind
to what was seen, and nobody says yes to what they asked for."""
import collections

from base import MICRO, TERMINAL, Witness, money, us
from tables import ANSWERS_ONLY, AUTHORIZATION, BEFORE_CONFIRM, COMMITTED_EARLY, FULFILMENT, \
    ORDER_FACTS, RESERVATION, TOLD_AGAIN, chain_of, committed_early

GRACE_SECONDS = 30      # between a deadline and the moment it must have been kept
LINE_ENDS = ("closed", "rejected", "cancelled", "expired")
YES = "batuta.approvals.approval.approve.v1"
NO = "batuta.approvals.approval.reject.v1"
PUT = "batuta.approvals.account.put.v1"


def chains(ix, service, kind):
    """chain -> its facts, in their order."""
    found = collections.defaultdict(list)
    for e in ix.first_told[service]:
        chain = chain_of(e)
        if chain and chain[0] == kind and e.sequence is not None:
            found[chain[1:]].append(e)
    return found


def verb_of(e):
    return e.type.removesuffix(".v1").rsplit(".", 1)[1]


# --- K6

def k6(ix):
    return [*order_facts(ix), *order_rows(ix), *line_ends(ix), *authorizations(ix),
            *reservations(ix), *commits_asked(ix), *fulfilments(ix), *reads(ix)]


def previews(ix):
    return {r["order_id"] for r in ix.sql("orders", "orders") if r["dry_run"]}


def order_facts(ix):
    dry = previews(ix)
    for (order,), facts in chains(ix, "orders", "order").items():
        if order in dry:
            continue
        state, before = None, None
        for e in facts:
            verb, after = verb_of(e), (e.body or {}).get("state")
            if after not in ORDER_FACTS.get(state, {}).get(verb, ()):
                rows = ([before.row_shown()] if before else []) + [e.row_shown()]
                yield Witness("K6", f"order {order}: {verb} made it {after}, and it was "
                              f"{state or 'not there'}", *rows, time=e.time)
            state, before = ending(verb, after), e
        if before and str(state).startswith("ending"):
            yield Witness("K6", f"order {order} is {after} by its last step, and its end was never "
                          "told", before.row_shown(), time=before.time)


def ending(verb, after):
    """The last step of a seller tells the state that the order comes to; its end is told next."""
    return f"ending {after}" if after in TERMINAL and verb != after else after


def order_rows(ix):
    facts = chains(ix, "orders", "order")
    stuck = {(r["subject"] or r["key"]) for s in ix.inputs for r in ix.sql(s, "parked")}
    waiting = {r["order_id"]: r for r in ix.sql("approvals", "order_authorization")}
    for row in ix.sql("orders", "orders"):
        if row["dry_run"]:
            continue
        order, state = row["order_id"], row["state"]
        shown = ("orders.orders", {k: row[k] for k in ("order_id", "state", "step", "credit")})
        last = facts.get((order,))
        if last and last[-1].body.get("state") != state:
            yield Witness("K6", f"order {order} is {state}, and its last fact says "
                          f"{last[-1].body.get('state')}", last[-1].row_shown(), shown,
                          time=last[-1].time)
        if not ix.quiesced or order in stuck:
            continue
        if state in BEFORE_CONFIRM and state != "pending_approval":
            yield Witness("K6", f"order {order} has no decision: it is {state}, and nothing moves",
                          shown, time=row["recorded_at"])
        elif state == "pending_approval":
            yield from deadline(ix, order, waiting.get(order), shown)


def deadline(ix, order, row, shown):
    if row is None or row["state"] != "pending":
        yield Witness("K6", f"order {order} waits for people, and approvals does not ask "
                            "any", shown)
        return
    if us(ix.trial["recorded_at"]) > us(row["expires_at"]) + GRACE_SECONDS * MICRO:
        yield Witness("K6", f"order {order} should have expired at {row['expires_at']}", shown,
                      ("approvals.order_authorization", {k: row[k] for k in ("order_id", "state",
                                                                             "expires_at")}),
                      time=row["expires_at"])


def line_ends(ix):
    """A line that has ended stays as it is, in every snapshot that follows."""
    ended = {}
    for e in ix.first_told["orders"]:
        if not e.type.endswith("order.state.v1") or not isinstance(e.body, dict):
            continue
        for line in e.body.get("lines", ()):
            key = (e.body["order"], line["line"])
            before = ended.get(key)
            if before and before[0] != line["state"]:
                yield Witness("K6", f"line {key[1]} of order {key[0]} was {before[0]} for good, "
                              "and "
                              f"became {line['state']}", before[1].row_shown(), e.row_shown(),
                              time=e.time)
            elif line["state"] in LINE_ENDS:
                ended[key] = (line["state"], e)


def walk(ix, service, kind, table, key_columns, name):
    """Facts of an aggregate against its table; the row is where the last of them led."""
    found = {tuple(str(r[k]) for k in key_columns): r["state"] for r in ix.sql(service, kind)}
    early = committed_early(ix.first_told["orders"], f"{service}.{name}",
                            *(k.removesuffix("_id") for k in key_columns))
    for key, facts in chains(ix, service, kind).items():
        state, before = (None,), None
        for e in facts:
            if kind == "order_authorization" and answers_only(state[0], e):
                continue
            after = {a for s in state for a in as_tuple(table.get(s, {}).get(verb_of(e), ()))}
            if key in early:
                after = {COMMITTED_EARLY.get(a, a) for a in after}
            if not after:
                shown = ([before.row_shown()] if before else []) + [e.row_shown()]
                yield Witness("K6", f"{name} {'/'.join(map(str, key))}: {verb_of(e)} cannot follow "
                              f"{' or '.join(map(str, state))}", *shown, time=e.time)
                break
            state, before = tuple(after), e
        else:
            if found.get(key) not in state:
                yield Witness("K6", f"{name} {'/'.join(map(str, key))} is {found.get(key)}, and "
                              "what was told "
                              f"makes it {' or '.join(map(str, state))}", facts[-1].row_shown(),
                              (f"{service}.{kind}", {"key": key, "state": found.get(key)}),
                              time=facts[-1].time)


def answers_only(state, e):
    """A fact of an authorization that answers a request and changes nothing."""
    verb, body = verb_of(e), e.body
    codes = {r.get("code") for r in body.get("reasons", ())}
    if state is None:
        return False
    return verb in TOLD_AGAIN[state] or verb == "released" and not body.get("total") or \
        verb == "refused" and bool(codes) and codes <= set(ANSWERS_ONLY)


def as_tuple(value):
    return (value,) if isinstance(value, str) else value


def authorizations(ix):
    return walk(ix, "approvals", "order_authorization", AUTHORIZATION, ("account", "order_id"),
                "authorization")


def reservations(ix):
    return walk(ix, "catalog", "reservation", RESERVATION, ("order_id", "node"), "reservation")


def commits_asked(ix):
    """Nobody asks for the commit of what the yes has committed."""
    told = ix.first_told["orders"]
    for kind, *members in (("approvals.authorization", "account", "order"),
                           ("catalog.reservation", "order", "node")):
        early = committed_early(told, kind, *members)
        for e in told:
            if e.type == f"batuta.{kind}.commit.v1" and \
                    tuple(str(e.body[m]) for m in members) in early:
                yield Witness("K6", f"order {e.body['order']} is committed where it is reserved, "
                              "and a commit was asked for", e.row_shown(), time=e.time)


def fulfilments(ix):
    for key, facts in chains(ix, "notifications", "fulfilment").items():
        before = None
        for e in facts:
            answer = e.body["answer"]
            state = before.body["answer"] if before else None
            if state == "cancel_refused":       # nothing changed by it
                state = previous_answer(facts, before)
            if answer != "cancel_refused" and answer not in FULFILMENT[state]:
                yield Witness("K6", f"sub-order {'/'.join(map(str, key))}: {answer} cannot follow "
                              f"{state}",
                              *([before.row_shown()] if before else []), e.row_shown(), time=e.time)
            before = e


def previous_answer(facts, e):
    found = [f.body["answer"] for f in facts if f.sequence < e.sequence
             and f.body["answer"] != "cancel_refused"]
    return found[-1] if found else None


def reads(ix):
    """What a client reads of an order is one of its states, and never an older one than before."""
    facts = {order: f for (order,), f in chains(ix, "orders", "order").items()}
    last = {}
    for invoke, end in ix.ops:
        if invoke["command"] != "read" or not end or end["event"] != "ok":
            continue
        order, answer = end["answer"]["order"], end["answer"]
        states = [(f.body or {}).get("state") for f in facts.get(order, ())]
        shown = ("client.jsonl", {k: end[k] for k in ("time", "process", "answer")})
        if answer["state"] not in states:
            yield Witness("K6", f"order {order} was read as {answer['state']}, and it never was",
                          shown, time=end["time"])
            continue
        key = (invoke.get("process"), order)
        before = last.get(key)
        furthest = len(states) - 1 - states[::-1].index(answer["state"])
        if before and (furthest < before[0] or answer["version"] < before[1]["answer"]["version"]):
            yield Witness("K6", f"order {order} was read as {answer['state']} after it was read as "
                          f"{before[1]['answer']['state']}",
                          ("client.jsonl", {k: before[1][k] for k in ("time", "answer")}), shown,
                          time=end["time"])
        last[key] = (states.index(answer["state"]), end)


# --- K10

def k10(ix):
    return [*duties(ix), *yeses(ix), *grants(ix), *content(ix)]


def shown_authorization(row):
    return ("approvals.order_authorization",
            {k: row[k] for k in ("account", "order_id", "state", "buyer", "principal", "total",
                                 "content_hash", "approvals")})


def counted(ix):
    """Commands of people that were accepted: (account, order) -> [(record, content hash)], each
    decided once however often it was sent."""
    found = collections.defaultdict(list)
    seen = set()
    for i, record in ix.commands["approvals"]:
        if record.type not in (YES, NO) or not isinstance(record.body, dict):
            continue
        answers = [e for e in ix.caused["approvals", record.id]
                   if e.type.endswith(".command.accepted.v1")]
        if not answers or (i.part, answers[0].id) in seen:
            continue
        seen.add((i.part, answers[0].id))
        found[record.body["account"], record.body["order"]].append((record, record.type))
    return found


def duties(ix):
    for row in ix.sql("approvals", "order_authorization"):
        own = {row["buyer"], row["principal"], row["sales_rep"]} - {None}
        for approval in row["approvals"]:
            if approval["user"] in own:
                yield Witness("K10", f"{approval['user']} decided on order {row['order_id']} of "
                              "their own", shown_authorization(row), time=approval["decided_at"])


def yeses(ix):
    """Each decision that stands was said by that person, about exactly this content, once."""
    said = counted(ix)
    roles = roles_of(ix)
    for row in ix.sql("approvals", "order_authorization"):
        spoken = list(said.get((row["account"], row["order_id"]), ()))
        for approval in row["approvals"]:
            verb = YES if approval["decision"] == "approved" else NO
            mine = [s for s in spoken
                    if s[1] == verb and s[0].body["principal"] == approval["user"]]
            if not mine:
                yield Witness("K10", f"nobody heard {approval['user']} say {approval['decision']} "
                              f"to order {row['order_id']}", shown_authorization(row),
                              time=approval["decided_at"])
                continue
            spoken.remove(mine[0])
            if mine[0][0].body.get("content_hash") != row["content_hash"]:
                yield Witness("K10", f"{approval['user']} said {approval['decision']} to another "
                              f"content of order {row['order_id']}", mine[0][0].row_shown(),
                              shown_authorization(row), time=approval["decided_at"])
            if approval["role"] not in roles.get((row["account"], approval["user"]), ()):
                yield Witness("K10", f"{approval['user']} has no role {approval['role']} in "
                              f"{row['account']}", shown_authorization(row),
                              time=approval["decided_at"])
        if spoken:
            yield Witness("K10", f"a decision on order {row['order_id']} was accepted and does not "
                          "stand", spoken[0][0].row_shown(), shown_authorization(row))


def puts(ix):
    """account -> bodies of the commands that changed it, as accepted."""
    found = collections.defaultdict(list)
    for _, record in ix.commands["approvals"]:
        if record.type == PUT and isinstance(record.body, dict) and any(
                e.type.endswith(".command.accepted.v1")
                for e in ix.caused["approvals", record.id]):
            found[record.body["account"]].append(record.body)
    return found


def roles_of(ix):
    """(account, user) -> every role that the user had at some time."""
    found = collections.defaultdict(set)
    for row in ix.sql("approvals", "charter"):
        for user in row["users"]:
            found[row["account"], user["user"]].update(user.get("roles", ()))
    for account, bodies in puts(ix).items():
        for body in bodies:
            for user in body.get("users", ()):
                found[account, user["user"]].update(user.get("roles", ()))
    return found


def above(units, unit):
    parents, found = {u["unit"]: u.get("parent") for u in units}, set()
    while unit and unit not in found:
        found.add(unit)
        unit = parents.get(unit)
    return found


def tiers_asked(charter, unit, total):
    """Roles by tier that the rules of the account ask for an order of this unit and total."""
    units, tiers = above(charter["units"], unit), collections.defaultdict(set)
    for rule in charter["rules"]:
        if rule.get("status", "active") != "active" or rule.get("unit") and \
                rule["unit"] not in units or total <= (money(rule.get("over")) or 0):
            continue
        for n, tier in enumerate(rule["tiers"], 1):
            tiers[n].update(tier["roles"])
    return tiers


def grants(ix):
    """Credit is granted when every tier that the rules ask for has been filled, and not before."""
    charters = {r["account"]: r for r in ix.sql("approvals", "charter")}
    changed = {account for account, bodies in puts(ix).items() if len(bodies) > 1}
    totals = {(a, o): money(facts[0].body["total"]) for (a, o), facts in
              chains(ix, "approvals", "order_authorization").items()}
    for row in ix.sql("approvals", "order_authorization"):
        key = (row["account"], row["order_id"])
        if row["state"] not in ("granted", "committed", "settled"):
            continue
        asked = {n: set(t["roles"]) for n, t in enumerate(row["tiers"], 1) if "roles" in t}
        if row["account"] in changed:
            ix.tally.add("rules-changed")
        elif row["account"] in charters and key in totals:
            asked = tiers_asked(charters[row["account"]], row["unit"], totals[key])
        for tier, roles in sorted(asked.items()):
            filled = {a["role"] for a in row["approvals"] if a["decision"] == "approved"
                      and int(a["tier"]) == tier}
            if not roles <= filled:
                yield Witness("K10", f"order {row['order_id']} was granted, and nobody said yes in "
                              f"tier {tier} as {', '.join(sorted(roles - filled))}",
                              shown_authorization(row), time=row["judged_at"])


def content(ix):
    """What orders asked for, what approvals decided on and what orders went on with is one
    content."""
    asked = collections.defaultdict(list)
    for e in ix.first_told["orders"]:
        if e.type == "batuta.approvals.authorization.request.v1" and not e.body.get("dry_run"):
            asked[e.body["account"], e.body["order"]].append(e)
    orders = {r["order_id"]: r for r in ix.sql("orders", "orders")}
    for row in ix.sql("approvals", "order_authorization"):
        order = orders.get(row["order_id"])
        requests = asked[row["account"], row["order_id"]]
        if requests and all(e.body["content_hash"] != row["content_hash"] for e in requests):
            yield Witness("K10", f"approvals decided on another content of order {row['order_id']} "
                          "than orders asked about", requests[-1].row_shown(),
                          shown_authorization(row), time=row["judged_at"])
        if order and order["state"] not in TERMINAL and \
                order["content_hash"] != row["content_hash"]:
            yield Witness("K10", f"order {row['order_id']} has another content than was approved",
                          ("orders.orders", {k: order[k] for k in ("order_id", "state", "version",
                                                                   "content_hash")}),
                          shown_authorization(row), time=row["judged_at"])
