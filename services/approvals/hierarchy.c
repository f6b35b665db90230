/* hierarchy: walking the tree, finding people, judging who may order for which unit. */
#include "services/approvals/hierarchy.h"

bool status_is_active(struct str status)
{
    return !str_present(status) || str_is(status, "active");
}

const struct account_unit *unit_find(const struct charter *c, struct str unit)
{
    for (size_t i = 0; i < c->units_count; i++)
        if (str_eq(c->units[i].unit, unit))
            return &c->units[i];
    return NULL;
}

bool unit_path_of(const struct charter *c, struct str unit, struct unit_path *out)
{
    struct unit_path path = {.count = 0};
    for (struct str at = unit; str_present(at);) {
        const struct account_unit *found = unit_find(c, at);
        if (found == NULL || path.count == HIERARCHY_DEPTH_MAX)
            return false;
        path.units[path.count++] = found->unit;
        at = found->parent;
    }
    *out = path;
    return true;
}

bool unit_path_has(const struct unit_path *path, struct str unit)
{
    for (size_t i = 0; i < path->count; i++)
        if (str_eq(path->units[i], unit))
            return true;
    return false;
}

/* A walk that is too long either goes round or is deep: more steps than there are units tell. */
static const char *walk_fault(const struct charter *c, struct str unit)
{
    struct str at = unit;
    for (size_t steps = 0; str_present(at); steps++) {
        const struct account_unit *found = unit_find(c, at);
        if (found == NULL)
            return "unit_unknown";
        if (steps > c->units_count)
            return "unit_cycle";
        at = found->parent;
    }
    return "unit_too_deep";
}

bool unit_tree_check(const struct charter *c, size_t *at, const char **code)
{
    struct unit_path path;
    for (size_t i = 0; i < c->units_count; i++) {
        if (unit_path_of(c, c->units[i].unit, &path))
            continue;
        *at = i;
        *code = walk_fault(c, c->units[i].unit);
        return false;
    }
    return true;
}

const struct account_user *user_find(const struct charter *c, struct str user)
{
    for (size_t i = 0; i < c->users_count; i++)
        if (str_eq(c->users[i].user, user))
            return &c->users[i];
    return NULL;
}

bool user_has_role(const struct account_user *user, struct str role)
{
    for (size_t i = 0; i < user->roles_count; i++)
        if (str_eq(user->roles[i], role))
            return true;
    return false;
}

static struct people_check buyer_judge(const struct account_user *buyer)
{
    struct people_check check = {.check = "buyer", .path = "/buyer"};
    if (buyer == NULL) {
        check.code = "user_unknown";
        check.text = "the buyer is not a user of this account";
        check.remedy = "name a user of the account, or have the account add this one";
    } else if (!status_is_active(buyer->status)) {
        check.code = "buyer_denied";
        check.text = "the buyer's access to this account is not active";
        check.remedy = "have the account activate this user, or order as another one";
    } else if (!user_has_role(buyer, STR("buyer"))) {
        check.code = "buyer_denied";
        check.text = "the buyer does not have the role buyer in this account";
        check.remedy = "have the account give this user the role buyer, or order as another one";
    }
    return check;
}

/* Who belongs to a unit orders for it and for those below; else one could choose a unit whose
 * rules ask for less. */
static bool may_order_for(const struct account_user *buyer, const struct unit_path *path)
{
    return buyer == NULL || str_blank(buyer->unit) || unit_path_has(path, buyer->unit);
}

static struct people_check unit_judge(const struct charter *c, const struct account_user *buyer,
                                      struct str unit, struct unit_path *path)
{
    struct people_check check = {.check = "unit", .path = "/unit"};
    if (str_blank(unit))
        return check;
    if (!unit_path_of(c, unit, path)) {
        check.code = "unit_unknown";
        check.text = "the unit does not exist in this account";
        check.remedy = "name a unit of the account, or leave it out to order for the buyer's own";
    } else if (!status_is_active(unit_find(c, unit)->status)) {
        check.code = "unit_inactive";
        check.text = "the unit is not active and cannot order";
        check.remedy = "order for another unit, or have the account activate this one";
    } else if (!may_order_for(buyer, path)) {
        check.code = "unit_denied";
        check.text = "the buyer may order for their own unit and those below it only";
        check.remedy = "order for the buyer's own unit, or name a buyer of this unit";
    }
    return check;
}

static struct people_check principal_judge(const struct order_people *people)
{
    struct people_check check = {.check = "principal", .path = "/principal"};
    bool is_buyer = !str_blank(people->principal) && str_eq(people->principal, people->buyer);
    bool is_rep = !str_blank(people->principal) && str_eq(people->principal, people->sales_rep);
    if (is_buyer || is_rep)
        return check;
    check.code = "principal_denied";
    check.text = "who places the order is neither the buyer nor the sales representative named";
    check.remedy = "place it as the buyer, or name the principal as sales_rep";
    return check;
}

void people_judge(const struct charter *c, const struct order_people *people,
                  struct people_check checks[PEOPLE_CHECK_COUNT], struct unit_path *path)
{
    const struct account_user *buyer = user_find(c, people->buyer);
    struct str unit = people->unit;
    if (str_blank(unit) && buyer != NULL)
        unit = buyer->unit;
    *path = (struct unit_path){.count = 0};
    checks[0] = buyer_judge(buyer);
    checks[1] = unit_judge(c, buyer, unit, path);
    checks[2] = principal_judge(people);
}
