/* message: reaches the members that the runtime needs of a decoded body. */
#include "common/message.h"

struct str message_member(const void *body, int offset)
{
    if (offset == OFFSET_NONE)
        return STR_NONE;
    assert(body != NULL && offset >= 0);
    return *(const struct str *)(const void *)((const char *)body + offset);
}
