/* rebuild: what brings back a whole part that was lost. All topics: they are made anew, and filled
 * again by the services from their journals; each reader drops what it has seen. */
#include "proto/topics.h"

#include "services/cli/send.h"
#include "services/cli/stack_cmd.h"
#include "services/cli/topics_cmd.h"

#include <string.h>
#include <time.h>

enum { GONE_MS = 15000, STEP_MS = 100, ASK_MS = 5000 };

/* `batuta-SERVICE verb`, with nothing of our environment but where things are: a service refuses
 * settings that it does not know. */
static int service_run(struct cli *c, const char *service, const char *verb)
{
    struct arena *a = c->arena;
    const struct stack *s = &c->stack;
    char *const arguments[] = {
        arena_cstr(a, STR("env")),
        arena_cstr(a, STR("-i")),
        arena_cstr(a, arena_printf(a, "BATUTA_BROKERS=%.*s", STR_ARG(s->brokers))),
        arena_cstr(a, arena_printf(a, "BATUTA_POSTGRES=%.*s", STR_ARG(s->postgres))),
        arena_cstr(a, arena_printf(a, "BATUTA_PARTITIONS=%lld", (long long)s->partition_count)),
        arena_cstr(a, arena_printf(a, "%s/batuta-%s", program_folder(a).at, service)),
        arena_cstr(a, str_of(verb)),
        NULL,
    };
    return program_run(c, arguments);
}

static int services_run(struct cli *c, const char *verb)
{
    int code = END_OK;
    for (size_t i = 0; i < SERVICE_COUNT && code == END_OK; i++)
        code = service_run(c, service_names[i], verb);
    return code;
}

/* Deleting is done behind the broker's answer: a topic is made anew only when the old one is gone.
 */
static bool topic_gone(struct cli *c, const char *name, struct err *e)
{
    struct bus *bus = sender_bus(c, e);
    int there = 1;
    if (bus == NULL || !bus_topic_delete(bus, name, e))
        return false;
    for (int ms = 0; there > 0 && ms < GONE_MS; ms += STEP_MS) {
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000L * 1000L}, NULL);
        if (!bus_partition_count(bus, name, &there, ASK_MS, e))
            return false;
    }
    return there == 0 || err_set(e, ERR_RETRY, "topic %s does not go away", name);
}

static bool topic_renew(struct cli *c, const struct topic *t, struct str partner, struct err *e)
{
    struct str told = STR_NONE;
    struct str name = strstr(t->name, "%s") != NULL
                          ? arena_printf(c->arena, "partners.%.*s.fulfilment.v1", STR_ARG(partner))
                          : str_of(t->name);
    if (!topic_gone(c, arena_cstr(c->arena, name), e) || !topic_apply(c, t, partner, &told, e))
        return false;
    cli_print(told);
    return true;
}

static bool topics_renew(struct cli *c, struct err *e)
{
    for (size_t i = 0; topics[i]; i++) {
        struct str partner = STR_NONE;
        bool each = strstr(topics[i]->name, "%s") != NULL;
        for (size_t n = 0; !each || str_present(partner = args_nth(&c->args, "partner", n)); n++) {
            if (!topic_renew(c, topics[i], partner, e))
                return false;
            if (!each)
                break;
        }
    }
    return true;
}

int run_rebuild_topics(struct cli *c)
{
    struct err e = {0};
    if (!str_present(c->stack.postgres) || !str_present(c->stack.brokers))
        return cli_end(c, END_UNAVAILABLE,
                       "BATUTA_POSTGRES and BATUTA_BROKERS are not known: batuta up --no-services, "
                       "or --stack-env");
    if (!args_has(&c->args, "yes"))
        return cli_usage(c, "this deletes every topic: say --yes");
    if (any_service_runs(c))
        return cli_end(c, END_CONFLICT,
                       "services are running: stop them first (batuta down "
                       "catalog pricing approvals orders notifications)");
    int code = args_has(&c->args, "lost") ? END_OK : services_run(c, "unread");
    if (code != END_OK)
        return cli_end(c, code,
                       "what nobody had read cannot be told; nothing was changed (--lost: the old "
                       "topics are gone already)");
    if (!topics_renew(c, &e))
        return cli_end(c, e.fate == ERR_RETRY ? END_UNAVAILABLE : END_FAILED, "%s", e.text);
    code = services_run(c, "rebind");
    if (code == END_OK)
        cli_note("all topics are new. Start the services: they tell everything again, and drop "
                 "what they have seen. Commands that no service had read are lost; they are named "
                 "above where the old topics could still be read.");
    return code;
}
