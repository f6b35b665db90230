/* describe: the state table of fulfilments as people read it. */
#include <stdio.h>

#include "services/notifications/fulfilment_rules.h"
#include "services/notifications/notifications.h"

static const char *cell(enum fulfilment_state state, enum fulfilment_cause cause)
{
    static char text[64];
    static const char *const moves[] = {NULL, "", "ignore: ", "refuse: "};
    const struct fulfilment_rule *rule = fulfilment_rule(state, cause);
    snprintf(text, sizeof text, "%s%s", moves[rule->move], rule->code);
    return text;
}

void notifications_describe(void)
{
    printf("fulfilment of a sub-order by its seller\n%-14s", "state");
    for (int c = CAUSE_ACCEPT; c < FULFILMENT_CAUSE_COUNT; c++)
        printf(c + 1 < FULFILMENT_CAUSE_COUNT ? " | %-30s" : " | %s", fulfilment_cause_names[c]);
    printf("\n");
    for (int s = FULFILMENT_ABSENT; s < FULFILMENT_STATE_COUNT; s++) {
        printf("%-14s", s == FULFILMENT_ABSENT ? "(none)" : fulfilment_state_names[s]);
        for (int c = CAUSE_ACCEPT; c < FULFILMENT_CAUSE_COUNT; c++)
            printf(c + 1 < FULFILMENT_CAUSE_COUNT ? " | %-30s" : " | %s",
                   cell((enum fulfilment_state)s, (enum fulfilment_cause)c));
        printf("\n");
    }
}
