/* field: how an option of the command line becomes a member of a command. */
#include "services/cli/field.h"

#include "common/ids.h"
#include "common/money.h"

enum { PPM_PER_PERCENT = 10000, DAY_SIZE = 10 };

static bool integer_write(struct draft *d, const struct field *f, struct str value, struct err *e)
{
    int64_t number;
    if (!str_to_int64(value, &number))
        return err_set(e, ERR_FATAL, "--%s is \"%.*s\", wanted a whole number", f->option,
                       STR_ARG(value));
    draft_integer(d, f->member, number);
    return true;
}

static bool decimal_check(const struct field *f, struct str value, int64_t *micro, struct err *e)
{
    if (decimal_read(value, micro))
        return true;
    return err_set(e, ERR_FATAL, "--%s is \"%.*s\", wanted a number such as 12.50", f->option,
                   STR_ARG(value));
}

/* 100 % = 10^6 ppm, so a percent with 4 decimals is exact. */
static bool percent_write(struct draft *d, const struct field *f, struct str value, struct err *e)
{
    int64_t micro;
    if (!decimal_check(f, value, &micro, e))
        return false;
    if (micro % (MICRO / PPM_PER_PERCENT) != 0)
        return err_set(e, ERR_FATAL, "--%s has more than 4 decimals", f->option);
    draft_integer(d, f->member, micro / (MICRO / PPM_PER_PERCENT));
    return true;
}

static void instant_write_member(struct draft *d, const struct field *f, struct str value)
{
    if (value.size == DAY_SIZE)
        value = arena_printf(d->out.arena, "%.*sT00:00:00Z", STR_ARG(value));
    draft_text(d, f->member, value);
}

bool field_write(struct draft *d, const struct field *f, struct str value, struct err *e)
{
    int64_t micro;
    switch (f->kind) {
    case FIELD_TEXT:
        draft_text(d, f->member, value);
        return true;
    case FIELD_INTEGER:
        return integer_write(d, f, value, e);
    case FIELD_DECIMAL:
        draft_text(d, f->member, value);
        return decimal_check(f, value, &micro, e);
    case FIELD_PERCENT:
        return percent_write(d, f, value, e);
    case FIELD_FLAG:
        draft_true(d, f->member, true);
        return true;
    case FIELD_TEXTS:
        draft_texts(d, f->member, value);
        return true;
    case FIELD_INSTANT:
        instant_write_member(d, f, value);
        return true;
    }
    assert(false && "a kind of field");
    return false;
}

bool fields_write(const struct cli *c, const struct field *fields, struct draft *d, struct err *e)
{
    for (; fields->option != NULL; fields++) {
        struct str value = args_value(&c->args, fields->option);
        if (str_present(value) && !field_write(d, fields, value, e))
            return false;
    }
    return true;
}

void sender_write(const struct cli *c, struct draft *d)
{
    struct str principal = args_value(&c->args, "principal"), key = args_value(&c->args, "key");
    if (!str_present(principal))
        principal = str_present(c->stack.system) ? c->stack.system : STR("operator");
    draft_text(d, "principal", principal);
    draft_text(d, "idempotency_key", str_present(key) ? key : uuid_mint(c->arena, clock_now()));
}
