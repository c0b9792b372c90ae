/* Preloaded into a CPython on glibc: adds up, for each thread, how long it waited for the GIL.

   CPython waits for its GIL in pthread_cond_timedwait and, on these versions, uses that call for little else.  At the end of the process the totals go to the
   file named by GIL_WAIT_FILE: a line a thread, "OS-THREAD-ID SECONDS". */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MOST_THREADS 1024

typedef int (*timedwait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

static struct { long tid; double seconds; } totals[MOST_THREADS];
static int threads;
static pthread_mutex_t adding = PTHREAD_MUTEX_INITIALIZER;
static __thread int mine = -1;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until) {
    static timedwait original;
    if (!original) original = (timedwait)dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    if (mine < 0) {
        pthread_mutex_lock(&adding);
        mine = threads < MOST_THREADS ? threads++ : MOST_THREADS - 1;
        totals[mine].tid = syscall(SYS_gettid);
        pthread_mutex_unlock(&adding);
    }
    double began = now();
    int result = original(cond, mutex, until);
    totals[mine].seconds += now() - began;
    return result;
}

__attribute__((destructor)) static void write_totals(void) {
    const char *name = getenv("GIL_WAIT_FILE");
    FILE *file = name ? fopen(name, "w") : NULL;
    if (!file) return;
    for (int i = 0; i < threads; i++) fprintf(file, "%ld %.6f\n", totals[i].tid, totals[i].seconds);
    fclose(file);
}
