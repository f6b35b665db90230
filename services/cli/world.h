/* world: one's own small world by hand: reference facts of catalog. */
#ifndef CLI_WORLD_H
#define CLI_WORLD_H

#include "services/cli/cli.h"

extern const struct option product_options[], seller_options[], node_options[], offer_options[],
    assortment_options[], list_options[];

/* create and set put the item; set keeps what is not named. */
int run_kind_create(struct cli *c);
int run_kind_set(struct cli *c);
int run_kind_show(struct cli *c);
int run_kind_list(struct cli *c);

int run_stock_set(struct cli *c);
int run_stock_receive(struct cli *c);
int run_stock_list(struct cli *c);

int run_account_create(struct cli *c);
int run_account_set(struct cli *c);
int run_account_show(struct cli *c);
int run_account_list(struct cli *c);
int run_account_pay(struct cli *c);
int run_user_put(struct cli *c);
int run_user_list(struct cli *c);
int run_unit_put(struct cli *c);
int run_rule_put(struct cli *c);

int run_price_set(struct cli *c);
int run_price_create(struct cli *c);
int run_price_list(struct cli *c);
int run_price_show(struct cli *c);
int run_price_explain(struct cli *c);
int run_discount_put(struct cli *c);
int run_discount_list(struct cli *c);

#endif
