/** Answers to guided checks: one request at a time; the page shows the answer's guide, not a guess. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { App } from "antd";
import { useTranslation } from "react-i18next";
import { queryClient, sessionQuery } from "../api/queries";
import type { AlarmDetail, CheckAnswer, GuidedQuestion } from "../api/types";
import { refusalWords } from "../session/problemWords";
import { answerCheck } from "./queries";

export interface AnswerGiver {
  readonly may: boolean;
  readonly isPending: boolean;
  readonly give: (question: Pick<GuidedQuestion, "cause" | "check" | "when">, answer: CheckAnswer["answer"]) => void;
}

export function useAnswer(alarm: Pick<AlarmDetail, "id" | "finding_id" | "state">): AnswerGiver {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { data: me } = useQuery(sessionQuery);
  const given = useMutation({
    mutationFn: (answer: CheckAnswer) => answerCheck(alarm, answer),
    onError: (error) => {
      void message.error(refusalWords(error, t));
      void queryClient.invalidateQueries({ queryKey: ["alarm", alarm.id] });
    },
  });
  return {
    may: me?.rights.includes("give_verdicts") === true && alarm.state !== "withdrawn",
    isPending: given.isPending,
    give: ({ cause, check, when }, answer) => given.mutate({ cause, check, when, answer, note: null }),
  };
}
