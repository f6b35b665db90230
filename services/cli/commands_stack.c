/* commands_stack: the table of what concerns the installation: the stack, topics, the contract,
 * imports, dead letters, backups, help. */
#include "services/cli/contract_cmd.h"
#include "services/cli/dlq.h"
#include "services/cli/import.h"
#include "services/cli/stack_cmd.h"
#include "services/cli/topics_cmd.h"

#define EXAMPLES(...)                                                                              \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define OPTIONS(...)                                                                               \
    (const struct option[])                                                                        \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            NULL, NULL, NULL                                                                       \
        }                                                                                          \
    }

#define MAP_OPTION                                                                                 \
    {                                                                                              \
        "map", "FILE", "the mapping; see deploy/imports/README.md"                                 \
    }

const struct command import_commands[] = {
    {"import", NULL, "DIR", 1, 1,
     OPTIONS(MAP_OPTION, {"check", NULL, "read and judge everything, send nothing"},
             {"again", NULL, "send also what was sent before unchanged"}),
     "load accounts, products, stock and prices of a data set",
     "The whole set is read and checked first; with one row that is wrong nothing is sent, and\n"
     "the first 100 are told. The same rows sent twice have no effect.",
     EXAMPLES("batuta import --map deploy/imports/northwind.json data/northwind"), run_import},
    {"replay", NULL, "DIR", 1, 1,
     OPTIONS(MAP_OPTION, {"run", "ID", "makes the order ids; a new one each time when absent"},
             {"limit", "N", "only the first N orders"}),
     "submit the orders of a data set and compare what comes out with what is expected",
     "Exit code 1 when one order differs. The last line counts.",
     EXAMPLES("batuta replay --map deploy/imports/northwind.json data/northwind"), run_replay},
    {.noun = NULL},
};

const struct command stack_commands[] = {
    {"up", NULL, "[NAME...]", 0, 20,
     OPTIONS({"no-services", NULL, "only Postgres and Kafka"},
             {"broker", "kafka|mock", "mock: librdkafka's own, which keeps nothing"}),
     "start the local stack: Postgres, Kafka, topics, five services", NULL,
     EXAMPLES("batuta up", "batuta up orders-2"), run_up},
    {"down", NULL, "[NAME...]", 0, 20, OPTIONS({"kill", NULL, "with SIGKILL, as a crash would"}),
     "stop what up has started; the data stay", NULL, EXAMPLES("batuta down --kill orders"),
     run_down},
    {"status", NULL, NULL, 0, 0, NULL, "what of the stack runs, and where", NULL, NULL, run_status},
    {"topics", "apply", NULL, 0, 0,
     OPTIONS({"partner", "NAME", "and the fulfilment topic of this seller; may be repeated"},
             {"partitions", "P", "of each topic; BATUTA_PARTITIONS when absent"},
             {"replication", "N", "copies of each partition on a cluster; 1 when absent"}),
     "create the topics of the table, and one per seller that catalog knows", NULL,
     EXAMPLES("batuta topics apply --partner alpen-gross"), run_topics_apply},
    {"topics", "list", NULL, 0, 0, NULL, "print the table of topics", NULL, NULL, run_topics_list},
    {"topics", "acls", NULL, 0, 0,
     OPTIONS({"partner", "NAME", "a seller; may be repeated"},
             {"system", "NAME", "a system that writes commands and reads events; may be repeated"}),
     "print the rights of each principal as kafka-acls.sh commands", NULL,
     EXAMPLES("batuta topics acls --system gateway --partner alpen-gross"), run_topics_acls},
    {"limits", NULL, NULL, 0, 0, NULL, "print every bound", NULL, NULL, run_limits},
    {"contract", "write", "[DIR]", 0, 1, NULL,
     "write schemas/*.json and asyncapi.yaml into DIR (proto when absent)", NULL, NULL,
     run_contract_write},
    {"contract", "check", "FILE|-", 1, 1,
     OPTIONS({"type", "TYPE", "the file is the plain value of this type, no CloudEvent"}),
     "say whether a message keeps the contract, and which rule it breaks where", NULL,
     EXAMPLES("batuta contract check event.json",
              "batuta contract check order.json --type orders.order.submit"),
     run_contract_check},
    {"dlq", "list", "[SERVICE]", 0, 1, NULL, "list dead letters, and what is parked behind them",
     NULL, EXAMPLES("batuta dlq list orders"), run_dlq_list},
    {"dlq", "show", "SERVICE/PART/SEQUENCE", 1, 1, NULL,
     "show one dead letter: headers, reason, original bytes", NULL,
     EXAMPLES("batuta dlq show orders/2/17"), run_dlq_show},
    {"dlq", "redrive", "SERVICE KEY", 2, 2, OPTIONS({"order", "ID", "only this order's queue"}),
     "decide what is parked under a key once more", NULL,
     EXAMPLES("batuta dlq redrive orders 0197a3c2-6f10-7b54-9c1e-2f6a7d5b8e01"), run_dlq_redrive},
    {"dlq", "discard", "SERVICE KEY", 2, 2, OPTIONS({"order", "ID", "only this order's queue"}),
     "drop the first parked record of a key and decide the rest", NULL, NULL, run_dlq_discard},
    {"backup", NULL, "FILE", 1, 1, OPTIONS({"user", "ROLE", "owner of the database; postgres"}),
     "dump the database, every schema at one moment",
     "Topics are not in it: the journals are, and events are sent again from them.",
     EXAMPLES("batuta backup batuta.dump"), run_backup},
    {"restore", NULL, "FILE", 1, 1,
     OPTIONS({"user", "ROLE", "owner of the database; postgres"},
             {"yes", NULL, "yes, replace the whole database"}),
     "put a dump back; the services must be down, and be reconciled afterwards", NULL,
     EXAMPLES("batuta restore batuta.dump --yes"), run_restore},
    {"rebuild", "topics", NULL, 0, 0,
     OPTIONS({"yes", NULL, "yes, delete every topic"},
             {"lost", NULL, "the old topics are gone already: do not look what was unread"},
             {"partner", "NAME", "and the fulfilment topic of this seller; may be repeated"},
             {"replication", "N", "copies of each partition on a cluster; 1 when absent"}),
     "make all topics anew and have them filled from the journals",
     "The services must be down. Commands that none of them had read are lost, and are named.\n"
     "Started again, the services tell all that their journals have; readers drop repeats.",
     EXAMPLES("batuta rebuild topics --yes --partner alpen-gross"), run_rebuild_topics},
    {.noun = NULL},
};

const struct command help_commands[] = {
    {"completion", "bash", NULL, 0, 0, NULL, "print the completion for bash", NULL,
     EXAMPLES("batuta completion bash >/etc/bash_completion.d/batuta"), run_completion},
    {"help", NULL, "[NOUN [VERB]]", 0, 2, OPTIONS({"man", NULL, "print the man page"}),
     "what there is, and how it is used", NULL, EXAMPLES("batuta help order submit"), run_help},
    {.noun = NULL},
};
