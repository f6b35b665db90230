"""fill: does an order cost more when millions are in the tables already? They are put there by SQL:
1,000 real orders go through the product, then their rows in every table of every service, journals
too, are copied under ids of their own, which lie before the real ones as older ones do. After the
measured run the copies are taken out again, so that the audit looks at real orders only."""
import os
import shutil
import time

from rig import SERVICES, StackError

SAMPLE = 1000
STEP = 20                   # copies of the sample a statement
# A copy's number stands where the id has its first digits: so copies sort before, and are known.
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
COPY = "0000[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-"
# Numbers that count up within a row of another table: that one is set on to leave room below.
COUNTED = {"approvals.posting": ("number", "approvals.account", "posting_count")}


class Filling:
    def __init__(self, program, tables, say):
        """tables: what an order leaves behind, service.table."""
        self.program, self.rig, self.say = program, program.rig, say
        self.tables = [*tables, *(f"{s}.journal" for s in SERVICES)]
        self.keep = {}      # table -> condition that is true for a copy

    def value(self, text, *arguments):
        return self.rig.value(text, arguments or None, self.program.database)

    def run(self, text):
        self.rig.sql(text, self.program.database)

    def columns(self, table):
        """name -> type, in the table's order; what the database makes itself left out."""
        return dict(self.rig.rows(
            "select attname::text, format_type(atttypid, -1) from pg_attribute where"
            " attrelid = %s::regclass and attnum > 0 and not attisdropped"
            " and attgenerated = '' and attidentity = '' order by attnum", (table,),
            self.program.database))

    def indexed(self, table):
        return {row[0] for row in self.rig.rows(
            "select attname::text from pg_index join pg_attribute on attrelid = indrelid"
            " and attnum = any(indkey) where indrelid = %s::regclass", (table,),
            self.program.database)}

    def changed(self, table):
        """column -> expression that makes it another row's, of copy number k."""
        found, columns = {}, self.columns(table)
        for name in self.indexed(table):
            if columns[name] in ("text", "uuid") and self.value(
                    f"select exists (select from {table} where {name}::text ~ '{UUID}')"):
                found[name] = (f"regexp_replace({name}::text, '{UUID}', lpad(to_hex(k), 8, '0')"
                               f" || '\\1', 'g')::{columns[name]}")
                self.keep.setdefault(table, f"{name}::text ~ '{COPY}'")
        if table.endswith(".journal"):
            for name in ("batch_no", "first_seq"):
                width = self.value(f"select coalesce(max({name}), 0) from {table}") + 1
                found[name] = f"{name} - {width} * (k + 1)"
            self.keep[table] = "batch_no < 0"
        number = COUNTED.get(table, ("",))[0]
        if number in self.indexed(table):
            found[number] = f"{number} - k * {self.value(self.counted_width(table))}"
        return found

    def counted_width(self, table):
        column, owner, _ = COUNTED[table]
        key = owner.split(".")[1]
        return (f"select coalesce(max(w), 1) from (select max({column}) - min({column}) + 1 as w"
                f" from {table} group by {key}) t")

    def make_room(self, copies):
        """Before the sample: numbers that the copies will have must be free and above zero."""
        for table, (column, owner, counter) in COUNTED.items():
            if column in self.columns(table) and counter in self.columns(owner):
                self.run(f"update {owner} set {counter} = {counter} + {copies * 64}")

    def check_room(self, copies):
        """What the rows take without the dead ones between them, a quarter more for indexes, and
        the write-ahead log."""
        size = 0
        for table in self.tables:
            self.run(f"create temp table probe as select * from {table}")
            size += self.value("select pg_total_relation_size('probe')")
            self.run("drop table probe")
        wanted = size * copies * 5 // 4 + (12 << 30)
        free = shutil.disk_usage(os.path.dirname(self.rig.folder)).free
        self.say(f"filling: about {wanted >> 30} GiB of {free >> 30}")
        if wanted > free:
            raise StackError(f"filling with {copies * SAMPLE:,} orders wants up to"
                             f" {wanted >> 30} GiB, {free >> 30} are free; --filled N asks less")

    def copy(self, copies):
        began = time.monotonic()
        self.run("set synchronous_commit = off; set work_mem = '64MB';"
                 " set session_replication_role = replica")
        for table in self.tables:
            changed, names = self.changed(table), list(self.columns(table))
            if not self.keep.get(table):
                continue        # nothing of an order lies here
            self.run(f"create temp table sample as select * from {table}")
            values = ", ".join(changed.get(n, n) for n in names)
            for first in range(1, copies + 1, STEP):
                last = min(first + STEP - 1, copies)
                self.run(f"insert into {table} ({', '.join(names)}) select {values} from"
                         f" generate_series({first}, {last}) k, sample")
            self.run("drop table sample")
            self.say(f"filled: {table}, {time.monotonic() - began:.0f} s")
        self.run("reset synchronous_commit; reset work_mem; reset session_replication_role")
        for table in self.keep:
            self.run(f"vacuum analyze {table}")
        self.run("checkpoint")

    def clear(self):
        """The copies out, fast: what is real is little, and is set aside."""
        for table, is_copy in self.keep.items():
            names = ", ".join(self.columns(table))
            self.run(f"begin; create temp table real as select * from {table}"
                     f" where not ({is_copy}); truncate {table};"
                     f" insert into {table} ({names}) select {names} from real;"
                     f" drop table real; commit")
