/* unpack: a file as text, unpacked when its name ends in ".xz" (the only file that includes lzma).
 */
#ifndef CLI_UNPACK_H
#define CLI_UNPACK_H

#include "common/arena.h"
#include "common/err.h"

enum { UNPACKED_SIZE_MAX = 512 * 1024 * 1024 }; /* a packed bomb ends here */

bool file_unpack(struct arena *a, const char *path, struct str *out, struct err *e) MUST_CHECK;

#endif
