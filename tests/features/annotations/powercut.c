/* Keeps a log of what is written to some files and when they are synced, so that a power cut can be played
 * afterwards: what was not synced is lost. Loaded with LD_PRELOAD; POWERCUT_PREFIX names the files, POWERCUT_LOG
 * the log. A record is one write() to a file opened for appending: kind, offset, length, length of the path, path,
 * data. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int log_fd = -1;
static const char *prefix;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("POWERCUT_LOG");
    prefix = getenv("POWERCUT_PREFIX");
    if (path && prefix) log_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static void keep(int fd, uint32_t kind, uint64_t offset, const void *data, uint64_t length) {
    char link[64], path[4096];
    if (log_fd < 0 || fd == log_fd) return;
    strcpy(link, "/proc/self/fd/");
    char digits[16];
    int count = 0, number = fd;
    do { digits[count++] = (char)('0' + number % 10); number /= 10; } while (number);
    size_t end = strlen(link);
    while (count) link[end++] = digits[--count];
    link[end] = 0;
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0) return;
    path[size] = 0;
    if (strncmp(path, prefix, strlen(prefix)) != 0) return;
    struct { uint32_t kind, path_length; uint64_t offset, length; } head = {kind, (uint32_t)size, offset, length};
    struct iovec parts[3] = {{&head, sizeof head}, {path, (size_t)size}, {(void *)data, data ? length : 0}};
    if (writev(log_fd, parts, 3) < 0) abort();
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
    REAL(pwrite64);
    ssize_t done = real(fd, data, length, offset);
    if (done > 0) keep(fd, 1, (uint64_t)offset, data, (uint64_t)done);
    return done;
}
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return pwrite64(fd, data, length, offset); }

int ftruncate64(int fd, off64_t length) {
    REAL(ftruncate64);
    int done = real(fd, length);
    if (done == 0) keep(fd, 2, (uint64_t)length, NULL, 0);
    return done;
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int fsync(int fd) {
    REAL(fsync);
    int done = real(fd);
    if (done == 0) keep(fd, 3, 0, NULL, 0);
    return done;
}
int fdatasync(int fd) {
    REAL(fdatasync);
    int done = real(fd);
    if (done == 0) keep(fd, 3, 0, NULL, 0);
    return done;
}
