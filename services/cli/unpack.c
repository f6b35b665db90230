/* unpack: a file as text, unpacked when its name ends in ".xz". */
#include "services/cli/unpack.h"

#include "services/cli/cli.h"

#include <lzma.h>
#include <string.h>

enum { CHUNK_SIZE = 256 * 1024, MEMORY_MAX = 256 * 1024 * 1024 };

static bool xz_unpack(struct arena *a, struct str packed, const char *path, struct str *out,
                      struct err *e)
{
    static uint8_t chunk[CHUNK_SIZE];
    lzma_stream stream = LZMA_STREAM_INIT;
    struct buf text = {.arena = a};
    lzma_ret state = lzma_stream_decoder(&stream, MEMORY_MAX, LZMA_CONCATENATED);
    stream.next_in = (const uint8_t *)packed.at;
    stream.avail_in = packed.size;
    while (state == LZMA_OK && text.size <= UNPACKED_SIZE_MAX) {
        stream.next_out = chunk;
        stream.avail_out = CHUNK_SIZE;
        state = lzma_code(&stream, LZMA_FINISH);
        buf_add(&text, chunk, CHUNK_SIZE - stream.avail_out);
    }
    lzma_end(&stream);
    if (text.size > UNPACKED_SIZE_MAX)
        return err_set(e, ERR_FATAL, "%s unpacks to more than %d MiB", path,
                       UNPACKED_SIZE_MAX / (1024 * 1024));
    if (state != LZMA_STREAM_END)
        return err_set(e, ERR_FATAL, "%s is no whole xz file", path);
    *out = buf_done(&text);
    return true;
}

bool file_unpack(struct arena *a, const char *path, struct str *out, struct err *e)
{
    struct str bytes;
    size_t size = strlen(path);
    if (!file_read(a, path, UNPACKED_SIZE_MAX, &bytes, e))
        return false;
    *out = bytes;
    bool packed = size > 3 && strcmp(path + size - 3, ".xz") == 0;
    return !packed || xz_unpack(a, bytes, path, out, e);
}
