/* commands: the whole table of what one can say, and how a word is found in it. */
#include "services/cli/cli.h"

const struct command *const command_tables[] = {
    order_commands,  approval_commands, partner_commands, price_commands, world_commands,
    import_commands, stream_commands,   stack_commands,   help_commands,  NULL};

const struct option global_options[] = {
    {"json", NULL, "data as JSON on stdout"},
    {"stack-env", "FILE", "stack.env with the addresses; else $BATUTA_STACK, else build/stack"},
    {"brokers", "ADDRESS", "Kafka's bootstrap address"},
    {"http", "SERVICE=ADDRESS", "where a service answers; may be given several times"},
    {"key-file", "FILE", "\"system hexkey\" to sign with; else operator.key beside stack.env"},
    {"principal", "WHO", "who is responsible; else the signing system, or the order's buyer"},
    {"key", "KEY", "idempotency key: the same key is the same command; else a new one"},
    {"timeout", "SECONDS", "how long to wait for an answer; 30 when absent"},
    {"no-wait", NULL, "send, and do not wait for the answer"},
    {"help", NULL, "what this command does"},
    {NULL, NULL, NULL}};

static bool verb_is(const struct command *command, struct str verb)
{
    return command->verb == NULL ? !str_present(verb) : str_is(verb, command->verb);
}

const struct command *command_find(struct str noun, struct str verb)
{
    for (size_t t = 0; command_tables[t] != NULL; t++)
        for (const struct command *i = command_tables[t]; i->noun != NULL; i++)
            if (str_is(noun, i->noun) && verb_is(i, verb))
                return i;
    return NULL;
}

bool command_noun_known(struct str noun)
{
    for (size_t t = 0; command_tables[t] != NULL; t++)
        for (const struct command *i = command_tables[t]; i->noun != NULL; i++)
            if (str_is(noun, i->noun))
                return true;
    return false;
}
