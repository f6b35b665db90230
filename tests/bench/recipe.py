"""recipe: what the product's clean order really sends and stores, recorded from the product itself,
so that `limit` can do the same work without rules and without JSON. 1,000 orders (one of each kind
that bench_order.c makes) go through the product one at a time; triggers note each row's image, the
journals hold each message. The result is one file a service: for each order and each message it
gets, which events follow and which rows change, byte for byte, with a hole where the order's id
stands."""
import json
import os
import re
import struct

import world
from rig import SERVICES, Rig

SAMPLES = 1000
HOLE = b"\x01" * 36
NONE = 0xFFFFFFFF
KINDS = {"text": 0, "bigint": 1, "smallint": 2, "numeric": 3, "boolean": 4, "timestamptz": 5,
         "bytea": 6}
PART, BATCH = 7, 8              # columns that limit fills in itself
AGGREGATES = ("account", "stock", "partner")    # rows that many orders change
# Cells of a ledger row that follow from the account's row as it stands then.
BOUND = {("posting", "number"): ("account", "posting_count"),
         ("posting", "reserved_after"): ("account", "reserved"),
         ("posting", "committed_after"): ("account", "committed"),
         ("posting", "posted_after"): ("account", "posted")}
TIMER_SET = ("timer_set", ("part", "id", "due", "key", "subject", "kind", "body", "correlation"),
             ("smallint", "text", "timestamptz", "text", "text", "text", "text", "text"))
TIMER_CLEAR = ("timer_clear", ("part", "id"), ("smallint", "text"))


class Table:
    """A statement and the table it writes; `beside` are further tables that it writes as well."""
    def __init__(self, name, statement, columns, types, beside=()):
        self.name, self.statement, self.columns, self.types = name, statement, columns, types
        self.beside = beside
        self.aggregate = name in AGGREGATES and statement.endswith("_save")

    def writes(self, op):
        """Whether this statement made the image: I, U or D."""
        if self.name == "timer":
            return (self.statement == "timer_clear") == (op == "D")
        return self.aggregate or self.statement.endswith("_add") == (op == "I")


def saved_tables(root, service):
    """From store.sql: each <entity>_add, _save and _content with its table and its parameters in
    order. What is counted up is there already: it is only saved."""
    with open(os.path.join(root, "services", service, "store.sql"), encoding="utf-8") as file:
        text = file.read()
    tables = []
    for name, block in re.findall(r"-- name: (\w+_(?:add|save|content))\n(.*?)(?=\n-- name:|\Z)",
                                  text, re.S):
        *beside, table = re.findall(r"^(?:.*\()?\s*(?:insert into|update) (\w+)", block, re.M)
        if table in AGGREGATES and name.endswith("_add"):
            continue
        types = [t for _, t in sorted((int(n), t) for n, t in
                                      set(re.findall(r"\$(\d+)::(\w+)\[\]", block)))]
        columns = re.search(r"\bk\s*\(([^)]*)\)", block, re.S).group(1)
        tables.append(Table(table, name, [c.strip() for c in columns.split(",")], types, beside))
    return tables


# --- recording

def watch(rig, on):
    """Triggers that note the images of all rows, on or off."""
    rig.sql("drop schema if exists bench cascade")
    if not on:
        return
    rig.sql("create schema bench; grant usage on schema bench to public;"
            "create table bench.image (n bigserial primary key, tx bigint, service text, tbl text,"
            " op text, old text[], new text[])")
    for service in SERVICES:
        names = {"timer", "journal"}
        for table in saved_tables(rig.root, service):
            names |= {table.name, *table.beside}
        for name in sorted(names):
            columns = ["part", "batch_no"] if name == "journal" else columns_of(rig, service, name)
            watch_table(rig, service, name, columns)


def columns_of(rig, service, table):
    return [r[0] for r in rig.rows(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0"
        " and not attisdropped order by attnum", (f"{service}.{table}",))]


def watch_table(rig, service, name, columns):
    image = {which: "array[" + ", ".join(f"{which}.{c}::text" for c in columns) + "]"
             for which in ("old", "new")}
    when = "insert" if name == "journal" else "insert or update or delete"
    rig.sql(f"""
create function bench.note_{service}_{name}() returns trigger
language plpgsql security definer as $$
begin
    if tg_op = 'INSERT' then
        insert into bench.image (tx, service, tbl, op, new)
        values (txid_current(), '{service}', '{name}', 'I', {image['new']});
    elsif tg_op = 'UPDATE' then
        insert into bench.image (tx, service, tbl, op, old, new)
        values (txid_current(), '{service}', '{name}', 'U', {image['old']}, {image['new']});
    else
        insert into bench.image (tx, service, tbl, op, old)
        values (txid_current(), '{service}', '{name}', 'D', {image['old']});
    end if;
    return null;
end $$;
grant execute on function bench.note_{service}_{name}() to public;
create trigger bench_note after {when} on {service}.{name}
for each row execute function bench.note_{service}_{name}()""")


def unwatch(rig):
    rig.sql("drop schema if exists bench cascade")


# --- reading what was recorded

class Batch:
    """One transaction of one service."""
    def __init__(self):
        self.inputs, self.events, self.images = [], [], []


def header(headers, name):
    found = re.search(rf"^{name}=(.*)$", headers, re.M)
    return found.group(1) if found else None


def journal_of(rig, service):
    """(part, seq) -> (topic, key, type, headers, body); (part, batch) -> (inputs, seqs)."""
    events, batches = {}, {}
    for row in rig.rows(f"select part, batch_no, first_seq, topics, keys, types, headers, bodies,"
                        f" inputs from {service}.journal"):
        part, batch, first, topics, keys, types, headers, bodies, inputs = row
        seqs = []
        for i, topic in enumerate(topics):
            events[part, first + i] = (topic, bytes(keys[i]), types[i], headers[i],
                                       bytes(bodies[i] or b""))
            seqs.append(first + i)
        batches[part, batch] = (inputs, seqs)
    return events, batches


def input_of(text, journals):
    """(type, subject) of a journal's line about an input; None: a timer or something else."""
    words = text.split("\n", 1)[0].split(" ")
    if words[0] == "event":
        source, part = words[2].split("/")
        told = journals[source][0].get((int(part), int(words[4])))
        return (told[2], header(told[3], "ce_subject")) if told else None
    if words[0] == "command":
        return header(text, "ce_type"), header(text, "ce_subject")
    return None


def batches_of(rig, service, journals):
    """The transactions, in order."""
    events, rows = journals[service]
    found = {}
    columns = {}
    for tx, table, op, old, new in rig.rows(
            "select tx, tbl, op, old, new from bench.image where service = %s order by n",
            (service,)):
        batch = found.setdefault(tx, Batch())
        if table == "journal":
            inputs, seqs = rows[int(new[0]), int(new[1])]
            batch.inputs += [i for i in (input_of(t, journals) for t in inputs) if i]
            batch.events += [events[int(new[0]), s] for s in seqs]
            continue
        if table not in columns:
            columns[table] = columns_of(rig, service, table)
        names = columns[table]
        batch.images.append((table, op, dict(zip(names, old)) if old else None,
                             dict(zip(names, new)) if new else None))
    return list(found.values())


def index_of(order, run):
    if not order or len(order) != 36 or order[14:18] != f"{0x7000 | run:04x}":
        return None
    return int(order[28:], 16)


def home_of(index):
    """(account, partner, node) that order `index` belongs to."""
    account = index % world.ACCOUNTS
    partner = world.partner(account % world.PARTNERS)
    return f"acc-{account + 1:04d}", partner, f"{partner}/one"


def belongs(image, order, home):
    table, _, old, new = image
    row = new or old
    if table == "account":
        return row["account"] == home[0]
    if table == "partner":
        return row["partner"] == home[1]
    if table == "stock":
        return row["node"] == home[2]
    return any(v and order in v for v in row.values())


class Effect:
    """What follows from one message about one order."""
    def __init__(self, index, kind, order):
        self.index, self.kind, self.order = index, kind, order
        self.events, self.images = [], []


def effects_of(batches, run):
    found, seen = [], set()
    for batch in batches:
        mine = {}
        for kind, order in batch.inputs:
            index = index_of(order, run)
            if index is not None and order not in mine and (index, kind) not in seen:
                mine[order] = Effect(index, kind, order)
                seen.add((index, kind))
        for order, effect in mine.items():
            home = home_of(effect.index)
            effect.events = [e for e in batch.events if header(e[3], "ce_subject") == order]
            effect.images = [i for i in batch.images if belongs(i, order, home)]
            if effect.events or effect.images:
                found.append(effect)
    return found


# --- writing

class Out:
    def __init__(self):
        self.parts = []

    def number(self, n):
        self.parts.append(struct.pack("<I", n))

    def text(self, value):
        if value is None:
            self.number(NONE)
            return
        data = value if isinstance(value, bytes) else value.encode()
        self.number(len(data))
        self.parts.append(data)

    def texts(self, values):
        self.number(len(values))
        for value in values:
            self.text(value)


def holed(data, order):
    data = data if isinstance(data, bytes) else data.encode()
    return data.replace(order.encode(), HOLE)


def cell_of(kind, value, order):
    """A column's value as limit takes it."""
    if value is None:
        return None
    if kind == "bytea":
        return bytes.fromhex(value[2:])
    if kind == "numeric":
        return str(micro(value))
    if kind == "timestamptz":
        return str(microseconds(value))
    if kind == "boolean":
        return "1" if value in ("t", "true") else "0"
    return holed(value, order) if order else value


def micro(text):
    sign, text = (-1, text[1:]) if text[0] == "-" else (1, text)
    whole, _, rest = text.partition(".")
    return sign * (int(whole) * 10**6 + int((rest + "000000")[:6]))


def microseconds(text):
    """"2026-11-25 04:44:46.769679+00" since 1970."""
    import datetime
    text = re.sub(r"([+-]\d\d)$", r"\1:00", text)
    if "." not in text:
        text = text[:19] + ".000000" + text[19:]
    whole, rest = text[:19], text[20:].split("+")[0].split("-")[0]
    at = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc)
    return int(at.timestamp()) * 10**6 + int((rest + "000000")[:6])


def delta_of(kind, old, new):
    value = micro if kind == "numeric" else int
    return str(value(new) - (value(old) if old else 0))


class Recipe:
    def __init__(self, rig, service):
        self.rig, self.service = rig, service
        self.tables = saved_tables(rig.root, service)
        self.tables.sort(key=lambda t: not t.aggregate)     # a ledger row needs its account first
        self.tables += [Table("timer", *TIMER_SET), Table("timer", *TIMER_CLEAR)]
        self.inputs, self.outputs = rig.rows(
            f"select inputs, outputs from {service}.stream limit 1")[0]

    def kind(self, table, column, sql_type):
        if column == "part":
            return PART
        return BATCH if column == "batch_no" else KINDS[sql_type]

    def write(self, effects, path):
        types = sorted({e.kind for e in effects})
        out = Out()
        out.number(0xBA7C4)
        out.texts(self.inputs)
        out.texts(self.outputs)
        out.texts(types)
        out.number(len(self.tables))
        for table in self.tables:
            self.table(out, table)
        out.number(len(effects))
        for effect in effects:
            out.number(effect.index % SAMPLES)
            out.number(types.index(effect.kind))
            self.events(out, effect)
            self.rows(out, effect)
        with open(path, "wb") as file:
            file.write(b"".join(out.parts))

    def table(self, out, table):
        out.text(table.statement)
        out.number(int(table.aggregate))
        out.number(self.rig.value("select indnkeyatts from pg_index where indisprimary"
                                  " and indrelid = %s::regclass",
                                  (f"{self.service}.{table.name}",)))
        out.number(len(table.columns))
        for column, sql_type in zip(table.columns, table.types):
            out.number(self.kind(table, column, sql_type))
            owner, source = BOUND.get((table.name, column), (None, None))
            at = [i for i, t in enumerate(self.tables) if t.name == owner]
            out.number(at[0] if at else NONE)
            out.number(self.tables[at[0]].columns.index(source) if at else NONE)
        shown = [f"(extract(epoch from {c}) * 1000000)::bigint::text" if t == "timestamptz" else
                 f"({c} * 1000000)::bigint::text" if t == "numeric" else
                 f"{c}::int::text" if t == "boolean" else f"encode({c}, 'escape')"
                 if t == "bytea" else f"{c}::text"
                 for c, t in zip(table.columns, table.types) if c not in ("part", "batch_no")]
        out.text(f"select part::int8, {', '.join(shown)} from {table.name}"
                 if table.aggregate else None)

    def events(self, out, effect):
        out.number(len(effect.events))
        for topic, key, kind, headers, body in effect.events:
            headers = re.sub(r"^batuta-stream=.*\n?", "", headers, flags=re.M)
            out.text(topic)
            out.number(self.outputs.index(topic) if topic in self.outputs else NONE)
            out.text(holed(key, effect.order))
            out.text(kind)
            out.text(holed(headers, effect.order))
            out.text(holed(body, effect.order))

    def rows(self, out, effect):
        rows = []
        for name, op, old, new in effect.images:
            for at, table in enumerate(self.tables):
                if table.name == name and table.writes(op):
                    rows.append((at, table, old, self.beside(effect, table, op, new)))
        rows.sort(key=lambda r: r[0])
        out.number(len(rows))
        for at, table, old, new in rows:
            out.number(at)
            for column, sql_type in zip(table.columns, table.types):
                source = new or old
                if column in ("part", "batch_no"):
                    out.text(None)
                elif table.aggregate and sql_type in ("numeric", "bigint"):
                    out.text(delta_of(sql_type, (old or {}).get(column), source[column]))
                else:
                    out.text(cell_of(sql_type, source[column],
                                     None if table.aggregate else effect.order))


    @staticmethod
    def beside(effect, table, op, new):
        """The image, and those of the tables that the same statement writes."""
        whole = {}
        for name, other, _, image in effect.images:
            if name in table.beside and other == op:
                whole.update(image)
        return {**whole, **new} if new else new


def measures(effects):
    """What an order is made of, for the report."""
    count = sum(1 for _ in effects)
    return {"effects": count, "messages": sum(len(e.events) for e in effects),
            "header_bytes": sum(len(v[3]) for e in effects for v in e.events),
            "body_bytes": sum(len(v[4]) for e in effects for v in e.events),
            "rows": sum(len(e.images) for e in effects)}


def write_all(rig, folder, run):
    os.makedirs(folder, exist_ok=True)
    journals = {s: journal_of(rig, s) for s in SERVICES}
    told = {}
    for service in SERVICES:
        effects = effects_of(batches_of(rig, service, journals), run)
        Recipe(rig, service).write(effects, os.path.join(folder, service + ".recipe"))
        told[service] = measures(effects)
    with open(os.path.join(folder, "flow.json"), "w", encoding="utf-8") as file:
        json.dump({"samples": SAMPLES, "services": told}, file, indent=1)
    return told


def main():
    import sys
    rig = Rig()
    run = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    print(write_all(rig, os.path.join(rig.folder, "recipes"), run))


if __name__ == "__main__":
    main()
