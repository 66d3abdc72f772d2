// SPDX-License-Identifier: Apache-2.0
// A program built with a sanitizer; with an argument it does what AddressSanitizer is to find.
#include <cstdlib>
#include <thread>
#include <vector>

int main(int argc, char**) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (size_t size = 1; size < 2000; ++size) {
        void* volatile block = std::malloc(size);
        delete[] new char[size];
        std::free(block);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  auto* bytes = static_cast<char*>(std::malloc(10));
  if (argc == 1) {
    std::free(bytes);
    return 0;
  }
  char* volatile kept = bytes;
  std::free(bytes);
  return kept[1] == 1 ? 2 : 0;
}
