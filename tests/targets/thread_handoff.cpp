// SPDX-License-Identifier: Apache-2.0
// Producers allocate, consumers free, through a bounded queue: every block is freed by another
// thread than the one that allocated it. With --leak, consumers forget one message in so many.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/targets/zoo.h"

namespace {

struct Message {
  void* body;
  size_t size_bytes;
};

constexpr size_t kQueueLimit = 1024;
std::mutex g_mutex;
std::condition_variable g_changed;
std::deque<Message> g_queue;
unsigned g_producers = 0;
zoo::Tally g_produced;
zoo::Tally g_leaked;

[[gnu::noipa]] Message ProduceMessage(size_t size_bytes) {
  g_produced.Add(size_bytes);
  return {zoo::Touch(malloc(size_bytes), size_bytes), size_bytes};
}

[[gnu::noipa]] void ConsumeMessage(Message message, bool is_forgotten) {
  if (is_forgotten) {
    g_leaked.Add(message.size_bytes);
  } else {
    free(message.body);
  }
}

void Produce(double messages_per_s, uint64_t seed) {
  zoo::Random random(seed);
  zoo::Pacer pacer(messages_per_s);
  while (zoo::IsRunning()) {
    for (; pacer.IsDue() && zoo::IsRunning(); pacer.Spend(1)) {
      const Message message = ProduceMessage(random.Between(32, 2048));
      std::unique_lock lock(g_mutex);
      g_changed.wait(lock, [] { return g_queue.size() < kQueueLimit; });
      g_queue.push_back(message);
      g_changed.notify_all();
    }
    zoo::SleepMs(1);
  }
  const std::lock_guard lock(g_mutex);
  --g_producers;
  g_changed.notify_all();
}

void Consume(uint64_t leak_one_in, uint64_t seed) {
  zoo::Random random(seed);
  for (;;) {
    std::unique_lock lock(g_mutex);
    g_changed.wait(lock, [] { return !g_queue.empty() || g_producers == 0; });
    if (g_queue.empty()) return;
    const Message message = g_queue.front();
    g_queue.pop_front();
    g_changed.notify_all();
    lock.unlock();
    ConsumeMessage(message, leak_one_in != 0 && random.Next() % leak_one_in == 0);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "one thread allocates, another one frees",
                             {{"seconds", 10, "0 = until SIGTERM"},
                              {"rate", 20000, "messages per second, all producers"},
                              {"threads", 2, "producers, and as many consumers"},
                              {"leak", 0, "consumers forget one message in this many; 0 = none"},
                              {"seed", 1, ""}});
  zoo::Start(options["seconds"]);
  const uint64_t threads = options["threads"];
  g_producers = static_cast<unsigned>(threads);
  std::vector<std::thread> workers;
  zoo::Ready();
  for (uint64_t i = 0; i < threads; ++i) {
    const double share = static_cast<double>(options["rate"]) / static_cast<double>(threads);
    workers.emplace_back(Produce, share, options["seed"] + i);
    workers.emplace_back(Consume, options["leak"], options["seed"] + 1000 + i);
  }
  for (auto& worker : workers) worker.join();
  zoo::Say(
      "leaked_bytes=%llu leaked_blocks=%llu site=ProduceMessage produced_blocks=%llu "
      "produced_bytes=%llu seconds=%.3f",
      g_leaked.bytes_total(), g_leaked.blocks_total(), g_produced.blocks_total(),
      g_produced.bytes_total(), zoo::ElapsedS());
}
