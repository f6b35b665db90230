/* describe: prints the tables of an order as they are compiled in. */
#include <stdio.h>

#include "services/orders/orders.h"
#include "services/orders/saga.h"

static struct line_rule rule_of(int state, int cause)
{
    return line_rule((enum line_state)state, (enum line_cause)cause);
}

static void line_row_print(int state)
{
    for (int cause = CAUSE_PRICED; cause < CAUSE_COUNT; cause++) {
        struct line_rule rule = rule_of(state, cause);
        if (rule.verdict == VERDICT_MOVE)
            printf("  %-17s %-10s -> %s\n", line_state_names[state], line_cause_names[cause],
                   line_state_names[rule.next]);
    }
    for (enum verdict v = VERDICT_IGNORE; v <= VERDICT_REFUSE; v++) {
        const char *separator = "";
        printf("  %-17s %s: ", line_state_names[state],
               v == VERDICT_IGNORE ? "ignores" : "refuses");
        for (int cause = CAUSE_PRICED; cause < CAUSE_COUNT; cause++) {
            if (rule_of(state, cause).verdict != v)
                continue;
            printf("%s%s", separator, line_cause_names[cause]);
            separator = ", ";
        }
        puts(*separator == '\0' ? "nothing" : "");
    }
}

static void saga_row_print(int step, enum saga_verdict verdict, const char *name)
{
    const char *separator = "";
    printf("  %-11s %s: ", saga_step_names[step], name);
    for (int event = EVENT_PRICED; event < EVENT_COUNT; event++) {
        if (saga_rule((enum saga_step)step, (enum saga_event)event) != verdict)
            continue;
        printf("%s%s", separator, saga_event_names[event]);
        separator = ", ";
    }
    puts(*separator == '\0' ? "nothing" : "");
}

static void saga_print(void)
{
    puts("saga: at each step, what the order goes on with, and what it gives back or ignores");
    for (int step = STEP_PRICING; step < STEP_COUNT; step++) {
        saga_row_print(step, SAGA_GO, "takes");
        if (step == STEP_ENDED)
            saga_row_print(step, SAGA_UNDO, "gives back what is held by");
        saga_row_print(step, SAGA_IGNORE, "ignores");
    }
}

static void header_print(void)
{
    puts("order: its state is that of the least advanced open line; when all have ended: closed if "
         "any closed,");
    puts("       else cancelled if any was, else expired if any did, else refused. States:");
    for (int s = ORDER_RECEIVED; s < ORDER_STATE_COUNT; s++)
        printf("  %s\n", order_state_names[s]);
}

static void clocks_print(void)
{
    printf("clocks: of each sub-order, from confirm until none of its lines is %s\n",
           line_state_names[LINE_ALLOCATED]);
    printf("  after %d hours the seller is reminded\n", REMINDER_HOURS);
    printf("  after %d hours the seller's staff are told\n", ESCALATION_HOURS);
}

void orders_describe(void)
{
    puts("lines: (state, cause) -> state");
    for (int state = LINE_RECEIVED; state < LINE_STATE_COUNT; state++)
        line_row_print(state);
    header_print();
    saga_print();
    clocks_print();
}
