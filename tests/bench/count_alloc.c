/* count_alloc: a library to be preloaded into a service. It counts calls of the allocator and the
 * bytes asked for, in a file that the bench reads while the service runs. Not for measuring time:
 * two atomic additions come with each call. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* glibc's own names: the ones that are counted stand in front of them. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *at, size_t size);
extern void *__libc_memalign(size_t align, size_t size);

struct counts {
    _Atomic uint64_t calls, bytes;
};

static struct counts none;
static struct counts *counts = &none;

/* BENCH_COUNTS names the file; without it, or when it cannot be had, nobody reads the counts. */
__attribute__((constructor)) static void counts_open(void)
{
    const char *path = getenv("BENCH_COUNTS");
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return;
    void *at = MAP_FAILED;
    if (ftruncate(fd, sizeof(struct counts)) == 0)
        at = mmap(NULL, sizeof(struct counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (at != MAP_FAILED)
        counts = at;
}

static void count(size_t bytes)
{
    atomic_fetch_add_explicit(&counts->calls, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&counts->bytes, bytes, memory_order_relaxed);
}

void *malloc(size_t size)
{
    count(size);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
    count(number * size);
    return __libc_calloc(number, size);
}

void *realloc(void *at, size_t size)
{
    count(size);
    return __libc_realloc(at, size);
}

void *aligned_alloc(size_t align, size_t size)
{
    count(size);
    return __libc_memalign(align, size);
}

int posix_memalign(void **out, size_t align, size_t size)
{
    count(size);
    void *at = __libc_memalign(align, size);
    if (!at)
        return ENOMEM;
    *out = at;
    return 0;
}
