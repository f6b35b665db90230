/* approvals: the program. */
#include "services/approvals/approvals.h"

int main(int argc, char **argv)
{
    return service_main(&approvals_service, argc, argv);
}
