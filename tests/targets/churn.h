// SPDX-License-Identifier: Apache-2.0
// A steady, healthy service: requests that live for a while in a window of fixed size, allocated by
// three functions of varied sizes. One per thread. Everything is freed in the end.
#pragma once

#include "tests/targets/zoo.h"

namespace zoo {

inline Tally g_parse;
inline Tally g_render;
inline Tally g_compress;

[[gnu::noipa]] inline void* ParseRequest(size_t size_bytes) {
  void* block = Touch(malloc(size_bytes), size_bytes);
  g_parse.Add(size_bytes);
  return block;
}
[[gnu::noipa]] inline void* RenderPage(size_t size_bytes) {
  void* block = Touch(calloc(1, size_bytes), size_bytes);
  g_render.Add(size_bytes);
  return block;
}
[[gnu::noipa]] inline void* CompressBody(size_t size_bytes) {
  void* block = Touch(malloc(size_bytes), size_bytes);
  g_compress.Add(size_bytes);
  return block;
}

class Churn {
 public:
  explicit Churn(uint64_t seed) : random_(seed) {}
  ~Churn() {
    for (void* block : window_) free(block);
  }
  Churn(const Churn&) = delete;
  Churn& operator=(const Churn&) = delete;

  // One request: frees an older one, chosen at random, and takes its place.
  void Step() {
    void*& slot = window_[random_.Next() % kWindow];
    free(slot);
    const uint64_t kind = random_.Next() % 16;
    if (kind == 0) {
      slot = CompressBody(random_.Between(4096, 65536));
    } else if (kind < 6) {
      slot = RenderPage(random_.Between(512, 8192));
    } else {
      slot = ParseRequest(random_.Between(16, 512));
    }
  }

 private:
  static constexpr size_t kWindow = 256;

  Random random_;
  void* window_[kWindow] = {};
};

}  // namespace zoo
