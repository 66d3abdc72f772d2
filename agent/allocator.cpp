// SPDX-License-Identifier: Apache-2.0
// seep runs on jemalloc: a process that watches others for days must not grow by fragmentation.

// Read by jemalloc before main. One arena: one thread does nearly everything. Free pages go back
// after a second, at once when they were given up before.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "narenas:1,dirty_decay_ms:1000,muzzy_decay_ms:0,background_thread:false";
}
