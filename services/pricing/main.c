/* pricing: what it costs this buyer now, and why. See README.md beside this file. */
#include "services/pricing/pricing.h"

int main(int argc, char **argv)
{
    return service_main(&pricing_service, argc, argv);
}
