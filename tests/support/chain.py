#!/usr/bin/env python3
"""chain: recomputes the hash chains of a service's journal (F34, F45), without our C code.

Each chain is one aggregate's facts: ce_sequence counts 1, 2, ... without a gap, and
ce_previoushash is SHA-256 of (hash of the one before, ce_id, "\\n", ce_type, "\\n", body) of the
fact before it; the first has none. A repeated answer is the same fact again: same id, same bytes.
The aggregate's row keeps its last number and hash, so a fact cut off at the end shows as well.
usage: chain.py [SERVICE...]    env: BATUTA_STACK, as everywhere"""
import collections
import hashlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stack as stacks  # noqa: E402

NAMED = 10      # broken links that are named; the rest are counted
ZERO = bytes(32)

# Rows that end a chain: table -> (columns of its last number and hash). account's own facts too.
HEADS = {
    "orders": {"orders": ("chain_sequence", "chain_hash")},
    "pricing": {"quoted_order": ("chain_sequence", "chain_hash")},
    "approvals": {"order_authorization": ("sequence", "hash"), "account": ("sequence", "hash")},
    "catalog": {"reservation": ("sequence", "hash")},
    "notifications": {name: ("sequence", "hash")
                      for name in ("partner", "fulfilment", "notice", "payable")},
}

FACTS = """
    select part, event_id, type, coalesce(subject, ''), body_bytes, previous_hash,
           split_part(split_part(headers, E'\\nce_sequence=', 2), E'\\n', 1) as n
    from journal_event
    where headers like '%%ce_sequence=%%' and topic <> 'orders.state.v1'
    order by recorded_at, part, seq"""

Fact = collections.namedtuple("Fact", "id type subject n previous hash")


def fact_of(row):
    _part, event_id, kind, subject, body, previous, n = row
    before = bytes.fromhex(previous) if previous else ZERO
    told = hashlib.sha256(before + f"{event_id}\n{kind}\n".encode() + bytes(body)).digest()
    return Fact(event_id, kind, subject, int(n), before, told)


def facts_of(rows, wrong):
    """Each fact once. Repeats carry no link of their own: they must be bytes of the first."""
    firsts, bodies = {}, {}
    for row in rows:
        part, event_id, body = row[0], row[1], bytes(row[4])
        if (part, event_id) in firsts:
            if bodies[part, event_id] != body:
                wrong.append(f"{event_id} of part {part} was told again with other bytes")
            continue
        firsts[part, event_id], bodies[part, event_id] = fact_of(row), body
    return list(firsts.values())


def links_check(facts, heads, wrong):
    """heads: (number, hash) of every row. Each fact is followed by exactly one, or ends a row."""
    by_hash = {f.hash: f for f in facts}
    followed = set()
    for fact in facts:
        before = by_hash.get(fact.previous)
        name = f"{fact.type} {fact.id} of {fact.subject or 'no order'}, number {fact.n}"
        if fact.n == 1 and fact.previous != ZERO:
            wrong.append(f"{name}: the first has one before it")
        if fact.n > 1 and (before is None or before.n != fact.n - 1):
            wrong.append(f"{name}: what it names is not number {fact.n - 1}")
        if fact.n > 1 and fact.previous in followed:
            wrong.append(f"{name}: two facts follow the same one")
        followed.add(fact.previous)
    ends = collections.Counter((f.n, f.hash) for f in facts if f.hash not in followed)
    for head in ends - heads:
        wrong.append(f"{by_hash[head[1]].id}: the last of its chain, and no row says so")
    for number, _hash in heads - ends:
        wrong.append(f"a row says that {number} facts were told, and the last is not there")


def service_check(stack, service):
    """(facts, chains, what is wrong)"""
    wrong = []
    facts = facts_of(stack.rows(service, FACTS), wrong)
    heads = collections.Counter()
    for table, (number, told) in HEADS[service].items():
        heads.update((n, bytes(h)) for n, h in stack.rows(
            service, f"select {number}, {told} from {table} where {number} > 0"))
    links_check(facts, heads, wrong)
    return len(facts), sum(heads.values()), wrong


def numbers_check(stack, service):
    """What orders tells of one order is one chain: numbers 1..n, each once."""
    return [f"{order}: {count} facts, numbered {first} to {last}" for order, count, first, last
            in stack.rows(service, f"""
                select subject, count(*), min(n), max(n) from (
                    select distinct subject, event_id, part, n::bigint from (
                        select * from ({FACTS}) f(part, event_id, type, subject, body, previous, n)
                    ) a where type like '%%.orders.order.%%') b
                group by 1 having count(*) <> max(n) or min(n) <> 1""")]


def main(services):
    stack = stacks.Stack()
    broken = 0
    for service in services or stacks.SERVICES:
        facts, chains, wrong = service_check(stack, service)
        if service == "orders":
            wrong += numbers_check(stack, service)
        for line in wrong[:NAMED]:
            print(f"  {line}")
        print(f"{service}: {facts} facts in {chains} chains, {len(wrong)} wrong")
        broken += len(wrong)
    print(f"chain: {'ok' if broken == 0 else 'broken'}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
