/* describe: the state table of reservations as people read it. */
#include <stdio.h>

#include "services/catalog/catalog.h"
#include "services/catalog/reservation_rules.h"

static const char *cell(enum reservation_state state, enum reservation_cause cause)
{
    const struct reservation_rule *rule = reservation_rule(state, cause);
    static char text[64];
    static const char *const moves[] = {NULL, "", "ignore: ", "refuse: "};
    snprintf(text, sizeof text, "%s%s", moves[rule->move], rule->text);
    return text;
}

void catalog_describe(void)
{
    printf("reservation of an order at a node\n%-10s", "state");
    for (int c = CAUSE_REQUEST; c < RESERVATION_CAUSE_COUNT; c++)
        printf(c + 1 < RESERVATION_CAUSE_COUNT ? " | %-33s" : " | %s", reservation_cause_names[c]);
    printf("\n");
    for (int s = RESERVATION_ABSENT; s < RESERVATION_STATE_COUNT; s++) {
        printf("%-10s", s == RESERVATION_ABSENT ? "(none)" : reservation_state_names[s]);
        for (int c = CAUSE_REQUEST; c < RESERVATION_CAUSE_COUNT; c++)
            printf(c + 1 < RESERVATION_CAUSE_COUNT ? " | %-33s" : " | %s",
                   cell((enum reservation_state)s, (enum reservation_cause)c));
        printf("\n");
    }
    printf("A cause that came before is answered by the same event again and changes nothing.\n");
}
