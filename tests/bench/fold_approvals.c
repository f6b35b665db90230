/* fold_approvals: credit of one order, reserved and committed. */
#include "tests/bench/count.h"
#include "tests/unit/approvals_case.h"

static void clean_order(struct world *w, const char *order)
{
    ASK(w, request, case_request(order, 100), granted);
    ASK(w, commit, case_step(order, 1, NULL), committed);
}

START_TEST(approvals)
{
    struct world *w = case_world(case_put("k"));
    const char *names[] = {"o1", "o2"};
    size_t next = 0;
    COUNT_SECOND("approvals", clean_order(w, names[next++]));
    world_free(w);
}
END_TEST

COUNT_MAIN(approvals)
