/* commands_order: the table of what concerns orders: order, approval, partner. */
#include "services/cli/approval.h"
#include "services/cli/order.h"
#include "services/cli/partner.h"

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

const struct command order_commands[] = {
    {"order", "submit", "FILE|-", 1, 1,
     OPTIONS({"wait", NULL, "until the order is confirmed, refused, or waits for approval"},
             {"dry-run", NULL, "what would happen, without effect"},
             {"unchecked", NULL, "send the bytes as they are; the service judges them"}),
     "submit an order, or many as JSON lines",
     "Where the file names no order id, one is made: from --key when given, so that a retry is\n"
     "the same order, else a new one. Exit code with --wait: 0 confirmed or beyond, 1 refused or\n"
     "over, 6 waiting for a person's approval.",
     EXAMPLES("batuta order submit order.json --wait",
              "batuta order submit - --dry-run <order.json",
              "batuta order submit orders.jsonl --wait --timeout 120"),
     run_order_submit},
    {"order", "list", NULL, 0, 0,
     OPTIONS({"account", "ID", "of this account"}, {"state", "STATE", "in this state"},
             {"partner", "ID", "with a sub-order of this seller"},
             {"purchase_order", "PO", "with this PO number"},
             {"reference", "TEXT", "with this reference of the sender"},
             {"older-than", "SECONDS", "recorded so long ago or earlier"},
             {"limit", "N", "at most so many; 50 when absent"}),
     "list orders, newest first", NULL,
     EXAMPLES("batuta order list --state pending_approval",
              "batuta order list --account hofmann-catering --older-than 86400 --json"),
     run_order_list},
    {"order", "show", "ID|PO|REFERENCE", 1, 1, NULL,
     "show an order: state, lines, money, reservations, and its timeline over all services", NULL,
     EXAMPLES("batuta order show PO-2026-1187"), run_order_show},
    {"order", "watch", "[ID|PO|REFERENCE]", 0, 1,
     OPTIONS({"account", "ID", "of this account"}, {"seconds", "N", "stop after so long"}),
     "follow one order until it is over, or all orders as their states change", NULL,
     EXAMPLES("batuta order watch PO-2026-1187", "batuta order watch --account hofmann-catering"),
     run_order_watch},
    {"order", "cancel", "ID|PO|REFERENCE", 1, 1, OPTIONS({"reason", "TEXT", "why"}),
     "cancel whatever of an order is not shipped",
     "Without --principal it is cancelled in the name of who placed it.",
     EXAMPLES("batuta order cancel PO-2026-1187 --principal lena.hofmann --reason 'ordered twice'"),
     run_order_cancel},
    {.noun = NULL},
};

const struct command approval_commands[] = {
    {"approval", "list", NULL, 0, 0,
     OPTIONS({"account", "ID", "of this account"},
             {"approver", "USER", "that this user may decide"},
             {"state", "STATE", "pending when absent"}),
     "list what waits for a person", NULL, EXAMPLES("batuta approval list --approver m.huber"),
     run_approval_list},
    {"approval", "approve", "ID|PO|REFERENCE", 1, 1,
     OPTIONS({"comment", "TEXT", "what the person says"},
             {"hash", "SHA256", "content that was seen; else as the order stands now"}),
     "say yes to an order, in the name of --principal", NULL,
     EXAMPLES("batuta approval approve PO-2026-1187 --principal m.huber"), run_approval_approve},
    {"approval", "reject", "ID|PO|REFERENCE", 1, 1,
     OPTIONS({"comment", "TEXT", "what the person says"},
             {"hash", "SHA256", "content that was seen; else as the order stands now"}),
     "say no to an order, in the name of --principal", NULL,
     EXAMPLES("batuta approval reject PO-2026-1187 --principal m.huber --comment 'too dear'"),
     run_approval_reject},
    {.noun = NULL},
};

#define LINE_OPTION                                                                                \
    {                                                                                              \
        "line", "N[=QUANTITY]", "this line, all that is left or so much; all lines when absent"    \
    }
#define SUB_OPTION                                                                                 \
    {                                                                                              \
        "sub", "N", "which sub-order, when the partner has several"                                \
    }

const struct command partner_commands[] = {
    {"partner", "orders", "PARTNER", 1, 1, OPTIONS({"state", "STATE", "in this state"}),
     "list what a seller has to fulfil", NULL, EXAMPLES("batuta partner orders alpen-gross"),
     run_partner_orders},
    {"partner", "accept", "PARTNER ID|PO|REFERENCE", 2, 2, OPTIONS(SUB_OPTION),
     "answer as the seller: we will fulfil", NULL,
     EXAMPLES("batuta partner accept alpen-gross PO-2026-1187"), run_partner_accept},
    {"partner", "reject", "PARTNER ID|PO|REFERENCE", 2, 2,
     OPTIONS(SUB_OPTION, LINE_OPTION, {"reason", "TEXT", "why"}),
     "answer as the seller: we will not fulfil these lines", NULL,
     EXAMPLES("batuta partner reject alpen-gross PO-2026-1187 --line 1=4 --reason 'out of stock'"),
     run_partner_reject},
    {"partner", "ship", "PARTNER ID|PO|REFERENCE", 2, 2,
     OPTIONS(SUB_OPTION, LINE_OPTION, {"carrier", "TEXT", "who carries it"},
             {"tracking", "NUMBER", "tracking number"}),
     "answer as the seller: this has left", NULL,
     EXAMPLES("batuta partner ship alpen-gross PO-2026-1187 --carrier Post --tracking 1033500117",
              "batuta partner ship alpen-gross PO-2026-1187 --line 1=10"),
     run_partner_ship},
    {"partner", "deliver", "PARTNER ID|PO|REFERENCE", 2, 2, OPTIONS(SUB_OPTION, LINE_OPTION),
     "answer as the seller: this has arrived", NULL,
     EXAMPLES("batuta partner deliver alpen-gross PO-2026-1187"), run_partner_deliver},
    {.noun = NULL},
};
