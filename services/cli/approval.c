/* approval: what waits for a person, and the person's answer. */
#include "services/cli/approval.h"

#include "services/cli/answer.h"
#include "services/cli/field.h"
#include "services/cli/grid.h"
#include "services/cli/order.h"

enum { LIST_COUNT_MAX = 100000 };

int run_approval_list(struct cli *c)
{
    static const struct column columns[] = {
        {"ORDER", "order", false},
        {"ACCOUNT", "account", false},
        {"TOTAL", "total", true},
        {"BUYER", "buyer", false},
        {"PO", "purchase_order", false},
        {"TIER", "tier", true},
        {"OF", "tiers", true},
        {"ROLES", "roles", false},
        {"WHO COULD", "approvers", false},
        {"UNTIL", "expires_at", false},
    };
    static const char *const filters[] = {"state", "account", "approver"};
    struct str path = STR("/approvals");
    struct node_list list;
    for (size_t i = 0; i < ARRAY_LEN(filters); i++)
        path = url_add(c->arena, path, filters[i], args_value(&c->args, filters[i]));
    int code = fetch_list(c, "approvals", path, LIST_COUNT_MAX, &list);
    if (code == END_OK)
        grid_print(c, columns, ARRAY_LEN(columns), &list);
    return code;
}

/* A decision binds to the content that was seen: --hash, or what the order shows now. */
static int approval_decide(struct cli *c, const char *type)
{
    struct reply r;
    struct str hash = args_value(&c->args, "hash");
    if (!args_has(&c->args, "principal"))
        return cli_usage(c, "wants --principal USER, the person who decides");
    int code = order_find(c, args_word(&c->args, 0), &r);
    if (code != END_OK)
        return code;
    struct draft d = draft_new(c->arena);
    draft_open(&d, NULL, "{");
    draft_text(&d, "account", grid_text(c->arena, r.body, "account"));
    draft_text(&d, "order", grid_text(c->arena, r.body, "order"));
    sender_write(c, &d);
    draft_text(&d, "content_hash",
               str_present(hash) ? hash : grid_text(c->arena, r.body, "content_hash"));
    draft_text(&d, "comment", args_value(&c->args, "comment"));
    draft_close(&d, "}");
    return command_run(c, type, draft_done(&d));
}

int run_approval_approve(struct cli *c)
{
    return approval_decide(c, "approvals.approval.approve");
}

int run_approval_reject(struct cli *c)
{
    return approval_decide(c, "approvals.approval.reject");
}
