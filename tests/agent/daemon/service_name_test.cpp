// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/service_name.h"

#include <catch2/catch.hpp>

using seep::agent::NameService;
using seep::agent::ProcessFacts;
using seep::agent::ServiceName;

namespace {

const std::string kId(64, 'a');

ServiceName Of(std::string exe, std::vector<std::string> arguments = {}, std::string groups = "",
               const std::string& own_groups = "0::/system.slice/seep-agent.service\n") {
  return NameService({std::move(exe), std::move(arguments), std::move(groups), "/srv/app"},
                     own_groups);
}

}  // namespace

TEST_CASE("a program is called by its file, and known by its path") {
  CHECK(Of("/usr/sbin/nginx").name == "nginx");
  CHECK(Of("/opt/a/serve").key != Of("/opt/b/serve").key);
  CHECK(Of("/opt/a/serve").place == "/opt/a");
  CHECK(Of("").name == "unknown");
}

TEST_CASE("a systemd unit comes first") {
  const std::string groups = "0::/system.slice/my\\x2dapi.service\n";
  CHECK(Of("/usr/bin/python3.11", {"python3", "x.py"}, groups).name == "my-api");
  CHECK(Of("/usr/sbin/a", {}, groups).key == Of("/usr/sbin/b", {}, groups).key);
  CHECK(Of("/usr/bin/x", {}, "0::/user.slice/user-1.slice/user@1.service/app.slice/web.service\n")
            .name == "web");
  CHECK(Of("/usr/bin/x", {}, "0::/user.slice/user-1.slice/user@1.service/init.scope\n").name ==
        "x");
  CHECK(Of("/usr/bin/x", {}, "12:pids:/system.slice/old.service\n1:name=systemd:/a\n").name ==
        "old");
}

TEST_CASE("what the agent itself is in tells nothing") {
  const std::string groups = "0::/system.slice/docker-" + kId + ".scope\n";
  CHECK(Of("/usr/bin/x", {}, groups, groups).name == "x");
  CHECK(Of("/usr/bin/x", {}, "0::/system.slice/ssh.service\n", "0::/system.slice/ssh.service\n")
            .name == "x");
}

TEST_CASE("programs of two containers are two services") {
  const auto in = [](const std::string& component) {
    return Of("/usr/bin/serve", {}, "0::/" + component + "\n").name;
  };
  const std::string expected = "serve@aaaaaaaaaaaa";
  CHECK(in("system.slice/docker-" + kId + ".scope") == expected);
  CHECK(in("docker/" + kId) == expected);
  CHECK(in("kubepods.slice/kubepods-pod1.slice/cri-containerd-" + kId + ".scope") == expected);
  CHECK(in("machine.slice/libpod-" + kId + ".scope/container") == expected);
  CHECK(in("machine.slice/machine-web\\x2d1.scope") == "serve@web-1");
  CHECK(in("lxc.payload.db") == "serve@db");
  // A unit within it.
  CHECK(in("lxc.payload.db/system.slice/postgres.service") == "postgres@db");
}

TEST_CASE("an interpreter is called by its script") {
  const auto name = [](std::vector<std::string> arguments) {
    return Of("/usr/bin/python3.11", std::move(arguments));
  };
  CHECK(name({"python3", "worker.py", "--port", "1"}).name == "worker.py");
  CHECK(name({"python3", "-u", "-W", "ignore", "lib/worker.py"}).place == "/srv/app/lib");
  CHECK(name({"python3", "a/worker.py"}).key != name({"python3", "b/worker.py"}).key);
  CHECK(name({"python3", "a.py", "--port", "1"}).key == name({"python3", "a.py"}).key);
  CHECK(name({"python3", "-m", "http.server"}).name == "http.server");
  CHECK(name({"python3", "-c", "pass"}).name == "python3.11");
  CHECK(name({"python3"}).name == "python3.11");
  CHECK(name({}).name == "python3.11");
  CHECK(Of("/usr/bin/java", {"java", "-Xmx1g", "-cp", "a:b", "org.acme.Main"}).name ==
        "org.acme.Main");
  CHECK(Of("/usr/bin/java", {"java", "-jar", "app.jar"}).name == "app.jar");
  CHECK(Of("/usr/bin/node", {"node", "server.js"}).name == "server.js");
  CHECK(Of("/usr/bin/shred", {"shred", "x.sh"}).name == "shred");
}
