/* rights: the table of names. */
#include "proto/rights.h"

const struct right_name right_names[] = {
    {"order_agreed_price", RIGHT_AGREED_PRICE, "set a price or line discount on an order line"},
    {"order_charges", RIGHT_CHARGES, "set freight and fees on an order"},
    {"order_backdate", RIGHT_BACKDATE, "set placed_at more than 5 minutes from now"},
    {"order_on_behalf", RIGHT_ON_BEHALF, "name a sales representative as the one who places"},
    {"manage_accounts", RIGHT_ACCOUNTS, "change accounts, users, rules and credit"},
    {"decide_approvals", RIGHT_DECIDE, "vouch for the person who approves or rejects"},
    {"manage_catalog", RIGHT_CATALOG, "change products, sellers, nodes, offers and stock"},
    {"manage_pricing", RIGHT_PRICING, "change price lists and discounts"},
    {"answer_partners", RIGHT_ANSWER, "vouch for the partner who answers"},
    {"operate", RIGHT_OPERATE, "cancel any order, redrive and discard dead letters"},
    {NULL, 0, NULL},
};
