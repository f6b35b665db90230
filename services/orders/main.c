/* main: the program batuta-orders. */
#include "services/orders/orders.h"

int main(int argc, char **argv)
{
    return service_main(&orders_service, argc, argv);
}
