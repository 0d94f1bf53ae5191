// Application example_survey: an agent to learn from, see docs/threading.md. To run it, give it a section in the INI:
//
//   [example_survey]
//   ip = 127.0.0.1
//   receive_port = 5090
//   application = dist/agents/example_survey/index.js
import { AppConfig } from '../../src/mesh/index.js';
import { SurveyAgent } from './survey-agent.js';

export default class ExampleSurveyConfig extends AppConfig {
  readonly name = 'example_survey';

  override ready(): Promise<void> {
    return this.startAgent(new SurveyAgent(this.environment));
  }
}
