/* topics: creates what the table of topics says, lists it, and prints the rights that follow. */
#include "proto/topics.h"

#include "services/cli/fetch.h"
#include "services/cli/grid.h"
#include "services/cli/send.h"
#include "services/cli/topics_cmd.h"

#include <stdio.h>
#include <string.h>

enum { HOUR_MS = 3600 * 1000, ASK_MS = 10000, PARTNER_COUNT_MAX = 10000, REPLICATION_MAX = 9 };

/* Partners named with --partner, and the sellers that catalog knows (when it answers). */
static size_t partners_find(struct cli *c, struct str *out, size_t room)
{
    size_t count = 0;
    struct str named;
    for (size_t n = 0; count < room && str_present(named = args_nth(&c->args, "partner", n)); n++)
        out[count++] = named;
    struct reply r;
    struct err e = {0};
    struct str address = c->stack.http[service_index("catalog")];
    if (!str_present(address) || !fetch(c, "catalog", STR("/sellers?limit=500"), &r, &e) ||
        r.status != 200 || r.body == NULL)
        return count;
    const struct node *items = node_find(r.body, "items");
    for (size_t i = 0; items != NULL && i < items->count && count < room; i++) {
        struct str seller = grid_text(c->arena, &items->items[i], "seller");
        if (seller.size > 0)
            out[count++] = seller;
    }
    return count;
}

bool topic_apply(struct cli *c, const struct topic *t, struct str partner, struct str *told,
                 struct err *e)
{
    struct bus *bus = sender_bus(c, e);
    if (bus == NULL)
        return false;
    struct str copies = args_value(&c->args, "replication");
    int64_t replication = 1;
    if (str_present(copies) && !str_to_int64(copies, &replication))
        replication = 0;
    char *with = arena_cstr(c->arena, partner);
    struct str name = strstr(t->name, "%s") != NULL
                          ? arena_printf(c->arena, "partners.%s.fulfilment.v1", with)
                          : str_of(t->name);
    struct bus_topic wanted = {
        .name = name.at,
        .partition_count =
            t->partition_count > 0 ? t->partition_count : (int)c->stack.partition_count,
        .replication = (int)replication,
        .retention_ms = t->retention_hours > 0 ? (int64_t)t->retention_hours * HOUR_MS : -1,
        .compacted = t->compacted,
        .message_size_max = t->message_size_max,
    };
    bool created = false;
    int there = 0;
    if (replication < 1 || replication > REPLICATION_MAX)
        return err_set(e, ERR_FATAL, "--replication: wanted 1 to %d", REPLICATION_MAX);
    if (!bus_topic_create(bus, &wanted, &created, e))
        return err_in(e, "for topic %s", name.at);
    if (!created && !bus_partition_count(bus, name.at, &there, ASK_MS, e))
        return false;
    if (!created && there != wanted.partition_count)
        return err_set(e, ERR_FATAL,
                       "topic %s has %d partitions, wanted %d; that is never changed "
                       "in place",
                       name.at, there, wanted.partition_count);
    *told = arena_printf(c->arena, "%-10s %s", created ? "created" : "there", name.at);
    return true;
}

static bool topics_print(struct cli *c, const struct topic *t, const struct str *partners,
                         size_t partner_count, struct err *e)
{
    bool per_partner = strstr(t->name, "%s") != NULL;
    for (size_t i = 0; i < (per_partner ? partner_count : 1); i++) {
        struct str told = STR_NONE;
        if (!topic_apply(c, t, per_partner ? partners[i] : STR_NONE, &told, e))
            return false;
        cli_print(told);
    }
    return true;
}

int run_topics_apply(struct cli *c)
{
    struct err e = {0};
    struct str *partners = arena_array(c->arena, struct str, PARTNER_COUNT_MAX);
    size_t partner_count = partners_find(c, partners, PARTNER_COUNT_MAX);
    for (size_t i = 0; topics[i]; i++)
        if (!topics_print(c, topics[i], partners, partner_count, &e))
            return cli_end(c, e.fate == ERR_RETRY ? END_UNAVAILABLE : END_FAILED, "%s", e.text);
    return END_OK;
}

int run_topics_list(struct cli *c)
{
    static const struct column columns[] = {
        {"TOPIC", "", false}, {"OWNER", "", false}, {"ACCESS", "", false}, {"PARTS", "", true},
        {"KEPT", "", true},   {"BYTES", "", true},  {"KEY", "", false},
    };
    enum { COLUMNS = ARRAY_LEN(columns), ROW_COUNT_MAX = 64 };
    static struct str cells[COLUMNS * ROW_COUNT_MAX];
    size_t at = 0;
    for (size_t i = 0; i < COLUMNS; i++)
        cells[at++] = str_of(columns[i].title);
    for (size_t i = 0; topics[i] && i + 1 < ROW_COUNT_MAX; i++) {
        const struct topic *t = topics[i];
        cells[at++] = str_of(t->name);
        cells[at++] = str_of(t->owner);
        cells[at++] = t->access == TOPIC_OPEN ? STR("open") : STR("closed");
        cells[at++] =
            t->partition_count > 0 ? arena_printf(c->arena, "%d", t->partition_count) : STR("P");
        cells[at++] =
            t->compacted ? STR("compact") : arena_printf(c->arena, "%d d", t->retention_hours / 24);
        cells[at++] = arena_printf(c->arena, "%d", t->message_size_max);
        cells[at++] = str_of(t->key);
    }
    grid_cells(columns, COLUMNS, cells, at / COLUMNS);
    return END_OK;
}

struct grant {
    struct str brokers;
    const char *topic;
    const char *operation;
};

static void grant_print(const struct grant *g, struct str principal)
{
    printf("kafka-acls.sh --bootstrap-server %.*s --add --allow-principal 'User:%.*s' "
           "--operation %s --operation Describe --topic '%s'\n",
           STR_ARG(g->brokers), STR_ARG(principal), g->operation, g->topic);
}

/* "*" stands for every registered system that was named with --system. */
static void grants_print(struct cli *c, const struct grant *g, const char *const *principals,
                         struct str partner)
{
    for (; *principals != NULL; principals++) {
        if (strcmp(*principals, "partner:%s") == 0) {
            grant_print(g, arena_printf(c->arena, "partner:%.*s", STR_ARG(partner)));
            continue;
        }
        if (strcmp(*principals, "*") != 0) {
            grant_print(g, str_of(*principals));
            continue;
        }
        struct str system;
        for (size_t n = 0; str_present(system = args_nth(&c->args, "system", n)); n++)
            grant_print(g, system);
        if (!args_has(&c->args, "system"))
            grant_print(g, STR("operator"));
    }
}

static void topic_grants_print(struct cli *c, const struct topic *t, struct str partner)
{
    struct str name = strstr(t->name, "%s") != NULL
                          ? arena_printf(c->arena, "partners.%.*s.fulfilment.v1", STR_ARG(partner))
                          : str_of(t->name);
    struct str brokers = str_present(c->stack.brokers) ? c->stack.brokers : STR("$BROKERS");
    struct grant writes = {brokers, name.at, "Write"}, reads = {brokers, name.at, "Read"};
    grants_print(c, &writes, t->writers, partner);
    /* The owner also looks at what it wrote last, before it takes a partition. */
    if (t->access == TOPIC_CLOSED)
        grant_print(&reads, str_of(t->owner));
    grants_print(c, &reads, t->readers, partner);
}

int run_topics_acls(struct cli *c)
{
    struct str *partners = arena_array(c->arena, struct str, PARTNER_COUNT_MAX);
    size_t partner_count = partners_find(c, partners, PARTNER_COUNT_MAX);
    struct str brokers = str_present(c->stack.brokers) ? c->stack.brokers : STR("$BROKERS");
    for (size_t i = 0; topics[i]; i++) {
        bool per_partner = strstr(topics[i]->name, "%s") != NULL;
        for (size_t n = 0; n < (per_partner ? partner_count : 1); n++)
            topic_grants_print(c, topics[i], per_partner ? partners[n] : STR_NONE);
    }
    for (size_t i = 0; i < SERVICE_COUNT; i++)
        printf("kafka-acls.sh --bootstrap-server %.*s --add --allow-principal 'User:%s' "
               "--operation Read --group '%s'\n",
               STR_ARG(brokers), service_names[i], service_names[i]);
    return END_OK;
}
