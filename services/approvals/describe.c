/* describe: the state table of an authorization as people read it. */
#include <stdio.h>

#include "services/approvals/approvals.h"
#include "services/approvals/states.h"

static const char *state_text(int state)
{
    return state == AUTHORIZATION_NONE ? "(none)" : authorization_state_names[state];
}

static void move_print(const struct transition *t, char *text, size_t room)
{
    int size = snprintf(text, room, "->");
    for (size_t i = 0; i < ARRAY_LEN(t->to) && t->to[i] != AUTHORIZATION_NONE; i++)
        size += snprintf(text + size, room - (size_t)size, "%s%s", i == 0 ? " " : " | ",
                         state_text((int)t->to[i]));
}

static void cell_print(const struct transition *t)
{
    char text[96] = "";
    switch (t->action) {
    case ACTION_MOVE:
        move_print(t, text, sizeof(text));
        break;
    case ACTION_REPEAT:
        snprintf(text, sizeof(text), "answered again");
        break;
    case ACTION_TELL:
        snprintf(text, sizeof(text), "state told again");
        break;
    case ACTION_REFUSE:
        snprintf(text, sizeof(text), "refused: %s", t->code);
        break;
    case ACTION_IGNORE:
    case ACTION_NONE:
        snprintf(text, sizeof(text), "ignored");
        break;
    }
    printf(" %s\n", text);
}

void approvals_describe(void)
{
    printf("authorization of an order, by state and cause\n");
    for (int s = 0; s < AUTHORIZATION_STATE_COUNT; s++) {
        printf("%s\n", state_text(s));
        for (int c = 0; c < AUTHORIZATION_CAUSE_COUNT; c++) {
            printf("  %-14s", authorization_cause_names[c]);
            cell_print(&transitions[s][c]);
        }
    }
}
