// SPDX-License-Identifier: Apache-2.0
// A session cache that never evicts: everything stays reachable, so leak checkers see nothing.
#include <map>
#include <string>
#include <unordered_map>

#include "tests/targets/churn.h"

namespace {

struct Session {
  std::string user;
  std::string token;
};
using Sessions = std::map<uint64_t, Session>;
using HashedSessions = std::unordered_map<uint64_t, Session>;

zoo::Tally g_sessions;

// Returns about what one session costs: node, two long strings.
template <typename Container>
size_t Insert(Container* sessions, uint64_t id, zoo::Random* random) {
  const size_t user_bytes = random->Between(32, 128);
  const size_t token_bytes = random->Between(64, 512);
  (*sessions)[id] = {std::string(user_bytes, 'u'), std::string(token_bytes, 't')};
  const size_t size_bytes = sizeof(typename Container::value_type) + user_bytes + token_bytes;
  g_sessions.Add(size_bytes);
  return size_bytes;
}

[[gnu::noipa]] size_t RememberSession(Sessions* sessions, uint64_t id, zoo::Random* random) {
  return Insert(sessions, id, random);
}
[[gnu::noipa]] size_t RememberHashedSession(HashedSessions* sessions, uint64_t id,
                                            zoo::Random* random) {
  return Insert(sessions, id, random);
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "a session map that only grows, all of it reachable",
                             {{"seconds", 10, "0 = until SIGTERM"},
                              {"rate", 65536, "bytes of sessions per second, about"},
                              {"unordered", 0, "1 = std::unordered_map, else std::map"},
                              {"seed", 1, ""}});
  zoo::Start(options["seconds"]);
  zoo::Random random(options["seed"]);
  zoo::Churn churn(options["seed"] + 1);
  zoo::Pacer pacer(static_cast<double>(options["rate"]));
  Sessions sessions;
  HashedSessions hashed_sessions;
  const bool is_hashed = options["unordered"] != 0;
  zoo::Ready();
  for (uint64_t id = 0; zoo::IsRunning(); zoo::SleepMs(2)) {
    for (; pacer.IsDue(); ++id) {
      pacer.Spend(is_hashed ? RememberHashedSession(&hashed_sessions, id, &random)
                            : RememberSession(&sessions, id, &random));
    }
    for (int i = 0; i < 20; ++i) churn.Step();
  }
  zoo::Say("retained_bytes=%llu retained_sessions=%llu site=%s seconds=%.3f",
           g_sessions.bytes_total(), g_sessions.blocks_total(),
           is_hashed ? "RememberHashedSession" : "RememberSession", zoo::ElapsedS());
}
