// SPDX-License-Identifier: Apache-2.0
// The command line of policies.
#include "agent/arguments.h"

namespace seep::agent {

void AddPolicy(CLI::App* app, std::string* file) {
  app->add_option("--policy", *file, "Limits, and what is known and tolerated (docs/policy.md)")
      ->type_name("FILE");
}

CLI::App* AddPolicyCommand(CLI::App& app, std::string* file) {
  CLI::App* policy = app.add_subcommand("policy", "Is a policy file right?");
  policy->add_option("--check", *file, "Read it, say all that is wrong, and what has expired")
      ->type_name("FILE")
      ->required();
  return policy;
}

CLI::App* AddBaselineAccept(CLI::App& app, AcceptOptions* options) {
  CLI::App* accept = app.get_subcommand("baseline")
                         ->add_subcommand("accept", "Suppress what grows in a run, as known");
  accept->add_option("RUN", options->run, "Id, name or 'latest'")->default_str("latest");
  AddDatabase(accept, &options->database);
  accept->add_option("--policy", options->policy, "File to add to; made when it is not there")
      ->type_name("FILE")
      ->default_str(options->policy);
  accept->add_option("-o,--output", options->output, "Write the result here instead")
      ->type_name("FILE");
  accept->add_option("--owner", options->owner, "Who mends it")->default_str("your user name");
  accept->add_option("--reason", options->reason, "Why it is tolerated")
      ->default_str("the run it is accepted from");
  accept->add_option("--expires", options->expires, "Until when: 2026-12-31, or 90d")
      ->type_name("DAY|DURATION")
      ->default_str(options->expires);
  return accept;
}

}  // namespace seep::agent
