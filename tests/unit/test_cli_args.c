/* cli_args: words and options of a command line, the table of commands, and the texts made of it.
 */
#include "services/cli/cli.h"
#include "services/cli/order.h"
#include "tests/unit/unit.h"

static struct arena arena;

static const struct option own[] = {{"line", "N", ""},
                                    {"wait", NULL, ""},
                                    {"json", "X", "shadows the global one"},
                                    {NULL, NULL, NULL}};
static const struct option global[] = {
    {"json", NULL, ""}, {"help", NULL, ""}, {"timeout", "N", ""}, {NULL, NULL, NULL}};

#define PARSE(out, e, ...)                                                                         \
    args_parse((const struct option *const[2]){own, global},                                       \
               (int)ARRAY_LEN(((char *[]){__VA_ARGS__})), (char *[]){__VA_ARGS__}, out, e)

START_TEST(words_and_options_mix)
{
    struct args a;
    struct err e = {0};
    ck_assert(PARSE(&a, &e, "one", "--line", "1", "two", "--line=2=3", "-", "--wait"));
    ck_assert_uint_eq(a.word_count, 3);
    ck_assert_view(args_word(&a, 0), "one");
    ck_assert_view(args_word(&a, 2), "-");
    ck_assert(!str_present(args_word(&a, 3)));
    ck_assert_view(args_value(&a, "line"), "2=3");
    ck_assert_view(args_nth(&a, "line", 0), "1");
    ck_assert(!str_present(args_nth(&a, "line", 2)));
    ck_assert(args_has(&a, "wait") && !args_has(&a, "help"));
}
END_TEST

START_TEST(two_dashes_end_the_options)
{
    struct args a;
    struct err e = {0};
    ck_assert(PARSE(&a, &e, "--", "--wait", "-h"));
    ck_assert_uint_eq(a.word_count, 2);
    ck_assert(!args_has(&a, "wait"));
    ck_assert(PARSE(&a, &e, "-h"));
    ck_assert(args_has(&a, "help"));
    ck_assert(PARSE(&a, &e, "--line", "--wait"));
    ck_assert_view(args_value(&a, "line"), "--wait");
}
END_TEST

START_TEST(wrong_options_are_named)
{
    struct args a;
    struct err e = {0};
    ck_assert(!PARSE(&a, &e, "--colour"));
    ck_assert_str_eq(e.text, "there is no option --colour here");
    ck_assert(!PARSE(&a, &e, "-x"));
    ck_assert_str_eq(e.text, "there is no option -x here");
    ck_assert(!PARSE(&a, &e, "--wait=yes"));
    ck_assert_str_eq(e.text, "--wait takes no value");
    ck_assert(!PARSE(&a, &e, "--line"));
    ck_assert_str_eq(e.text, "--line wants N behind it");
    ck_assert(!PARSE(&a, &e, "--json"));
}
END_TEST

START_TEST(numbers_are_bounded)
{
    struct args a;
    struct err e = {0};
    int64_t n = 0;
    ck_assert(PARSE(&a, &e, "--timeout", "10"));
    ck_assert(args_integer(&a, "timeout", (struct range){5, 1, 10}, &n, &e) && n == 10);
    ck_assert(args_integer(&a, "line", (struct range){5, 1, 10}, &n, &e) && n == 5);
    ck_assert(!args_integer(&a, "timeout", (struct range){5, 1, 9}, &n, &e));
    ck_assert(PARSE(&a, &e, "--timeout", "1e3"));
    ck_assert(!args_integer(&a, "timeout", (struct range){5, 1, 10000}, &n, &e));
}
END_TEST

START_TEST(too_many_are_refused)
{
    struct args a;
    struct err e = {0};
    char *words[ARGS_WORD_COUNT_MAX + 1], *flags[ARGS_OPTION_COUNT_MAX + 1];
    char word[] = "w", flag[] = "--wait";
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        words[i] = word;
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        flags[i] = flag;
    const struct option *const tables[2] = {own, global};
    ck_assert(args_parse(tables, ARGS_WORD_COUNT_MAX, words, &a, &e));
    ck_assert(!args_parse(tables, ARGS_WORD_COUNT_MAX + 1, words, &a, &e));
    ck_assert(args_parse(tables, ARGS_OPTION_COUNT_MAX, flags, &a, &e));
    ck_assert(!args_parse(tables, ARGS_OPTION_COUNT_MAX + 1, flags, &a, &e));
}
END_TEST

START_TEST(every_command_is_complete)
{
    for (size_t t = 0; command_tables[t] != NULL; t++)
        for (const struct command *i = command_tables[t]; i->noun != NULL; i++) {
            struct str noun = str_of(i->noun), verb = str_of(i->verb);
            ck_assert_msg(command_find(noun, verb) == i, "%s is there twice", i->noun);
            ck_assert(i->run != NULL && i->help != NULL && command_noun_known(noun));
            ck_assert(i->word_min <= i->word_max && (i->word_max == 0) == (i->words == NULL));
        }
    ck_assert(command_find(STR("order"), STR("eat")) == NULL);
    ck_assert(!command_noun_known(STR("horse")));
}
END_TEST

static struct str file_text(const char *path)
{
    struct str text = STR_NONE;
    struct err e = {0};
    ck_assert_msg(file_read(&arena, path, 1 << 20, &text, &e), "%s", e.text);
    return text;
}

START_TEST(man_page_is_up_to_date)
{
    struct buf out = {.arena = &arena};
    help_man(&out);
    ck_assert_msg(str_eq(buf_done(&out), file_text("services/cli/batuta.1")),
                  "batuta help --man >services/cli/batuta.1");
}
END_TEST

START_TEST(completion_is_up_to_date)
{
    struct buf out = {.arena = &arena};
    help_completion(&out);
    ck_assert_msg(str_eq(buf_done(&out), file_text("services/cli/batuta.bash")),
                  "batuta completion bash >services/cli/batuta.bash");
}
END_TEST

START_TEST(fates_follow_states)
{
    ck_assert_int_eq(fate_of(STR_NONE), FATE_UNKNOWN);
    ck_assert_int_eq(fate_of(STR("received")), FATE_MOVING);
    ck_assert_int_eq(fate_of(STR("pending_approval")), FATE_WAITING);
    ck_assert_int_eq(fate_of(STR("refused")), FATE_OVER);
    ck_assert_int_eq(fate_of(STR("expired")), FATE_OVER);
    ck_assert_int_eq(fate_of(STR("confirmed")), FATE_DONE);
    ck_assert_int_eq(fate_of(STR("closed")), FATE_DONE);
}
END_TEST

static Suite *cli_args_suite(void)
{
    const TTest *const tests[] = {
        words_and_options_mix,  two_dashes_end_the_options, wrong_options_are_named,
        numbers_are_bounded,    too_many_are_refused,       every_command_is_complete,
        man_page_is_up_to_date, completion_is_up_to_date,   fates_follow_states};
    arena_init(&arena);
    return unit_suite("cli_args", tests, ARRAY_LEN(tests));
}
UNIT_MAIN(cli_args_suite)
