// SPDX-License-Identifier: Apache-2.0
// What the tests of this folder share: a folder of their own, sample values, raw access to files.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "storage/model/run.h"
#include "storage/model/tick.h"
#include "storage/sqlite/database.h"

namespace seep::sqlite::test {

// A new folder under the system's temporary one, readable by everyone, removed with its content.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();
  std::string File(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// While it lives this process has no rights that override file permissions, even as root.
class Unprivileged {
 public:
  Unprivileged();
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;
  ~Unprivileged();

 private:
  bool was_root_;
};

// Opened for writing, made when missing; fails the test otherwise.
Database OpenOrFail(const std::string& path);

// Runs `body` in a child process, which then dies of SIGKILL, as a killed agent does: no
// destructor, no checkpoint. Fails the test when `body` returned false.
void RunAndKill(const std::function<bool()>& body);

std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& content);
// The first column of the first row, by plain SQLite.
std::string Ask(const std::string& path, const std::string& sql);

// Every field set to something of its own.
model::Run SampleRun();
model::Target SampleTarget(int pid = 4711);
// One target with 2 measurements, 2 stacks in 2 modules, survivors, and an event, at `t_s`.
// Values depend on t_s alone.
model::Tick SampleTick(double t_s);
// `measurements` points and `stacks` changed stacks of 20 frames.
model::Tick LargeTick(double t_s, int measurements, int stacks);

}  // namespace seep::sqlite::test
