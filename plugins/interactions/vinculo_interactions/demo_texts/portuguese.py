# ruff: noqa: E501 - phrases, kept as running text
"""Phrases for clients who are written to in Portuguese."""

PRODUCTS = "filmes stretch|rótulos termoencolhíveis|impressoras de etiquetas|envolvedoras de paletes|seladoras de bandejas|caixas de papelão ondulado|envelopes com bolha|tampas e frascos|kits de peças de reposição|etiquetas adesivas"
MONTHS = "janeiro|fevereiro|março|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro"
SELLING = {
    "meeting": "Primeira reunião na {client}|Visita técnica: {product}|Demonstração de {product}|Proposta {number} apresentada a {person}|Condições comerciais, segunda rodada|Teste de {product} na linha do cliente",
    "call_in": "{person} pede preço de {product}|Contato pelo site: {product}|{person} quer amostras de {product}|Dúvida sobre a proposta {number}|Pergunta se atendemos a outra unidade",
    "call_out": "Apresentação da empresa a {person}|Retorno sobre a proposta {number}|As amostras de {product} chegaram?|Quem decide a compra de {product}?|Agendamento da visita técnica|Orçamento previsto para {month}?",
    "sms": "Reunião confirmada com {person}|Proposta {number} já está no seu e-mail|Estou a caminho, dez minutos de atraso",
    "email": "Proposta {number}: {product}|Catálogo e tabela de preços de {month}|Fichas técnicas: {product}|Resumo da nossa reunião|Minuta do contrato para análise|Lista de referências solicitada",
    "note": "Preço do concorrente em {product}|Decisão prevista para {month}|Quem é quem na {client}",
}
SERVING = {
    "meeting": "Revisão trimestral com {person}|Volumes de {month}|Reclamação sobre {product} verificada no local|Treinamento da equipe: {product}|Renovação do contrato anual|Linha nova: o que vão precisar",
    "call_in": "Pedido {number}: onde está?|Novo pedido de {product}|{person} relata defeito: {product}|Nota fiscal {number} com endereço errado|Urgente: estoque de {product} só até sexta|Pede para adiar a entrega de {month}|{person} agradece o conserto rápido",
    "call_out": "Data de entrega do pedido {number}|Boleto {number} em atraso|Satisfação com {product}|Conferência de estoque antes de {month}|Reajuste de {product} a partir de {month}|Oferta de {product} junto com o pedido habitual",
    "sms": "Pedido {number} saiu do depósito|Motorista chega às 10h30|Lembrete: boleto {number}",
    "email": "Confirmação do pedido {number}|Extrato de {month}|Nota fiscal {number} e romaneio|Crédito referente a {product} com avaria|Cronograma de entregas de {month}|Certificado de conformidade: {product}",
    "note": "Desconto combinado em {product}|Fábrica parada para inventário em {month}|Novo comprador a partir de {month}|Hábito de pagamento: sempre na última semana",
}
FAREWELLS = (
    "Avisaram que escolheram outro fornecedor|Projeto cancelado pela matriz|Contrato não renovado: preço"
)
LOST_OUTCOME = "Perdido, sem previsão de novos pedidos"
OUTCOMES = {
    "meeting": "Próximos passos combinados>Enviar ata e proposta|-Querem um teste antes>Organizar o teste|-Condições aceitas>Enviar o contrato|-O preço ainda pega>Pedir preço especial|Boa conversa, sem decisão>Ligar depois da reunião da diretoria|+Volumes confirmados>|+Resolvido no local>|+Troca prometida>Providenciar a troca",
    "call_in": "Respondido na hora>|+Encaminhado ao depósito>Cobrar resposta do depósito|Proposta prometida para amanhã>Enviar a proposta|+Pedido anotado>Confirmar a data de entrega|Vão ligar com a quantidade>Ligar se não retornarem",
    "call_out": "!Não atendeu>Tentar de novo|Falei com a secretária, ligar mais tarde>Ligar novamente|Confirmado>|-Interesse, querem números>Enviar o cálculo|-Agora não, voltar no próximo mês>Ligar no próximo mês|+Prometeram pagar esta semana>Verificar o pagamento|+Satisfeitos, nada pendente>",
    "sms": "Entregue>|Resposta: obrigado>|Lida, sem resposta>Ligar para confirmar",
    "email": "Enviado>Confirmar o recebimento|Confirmado por resposta>|Pediram alterações>Enviar versão corrigida|Encaminhado ao financeiro>Acompanhar com o financeiro|Ainda sem resposta>Lembrar o cliente",
    "note": ">|Registrado>|Para a próxima reunião>Levar o assunto à reunião",
}
NOTES = "{person} veio com os números do ano passado na mão.|-O fornecedor atual entrega em duas semanas, nós conseguimos em cinco dias.|Consomem cerca de {amount} unidades por mês.|O prazo de pagamento pesa mais do que o preço.|+O depósito está cheio até o fim de {month}.|+Dois paletes chegaram com cantos rasgados, fotos no e-mail.|+O turno da noite tem dificuldade com a regulagem, um treinamento curto ajudaria.|+O financeiro exige o número do pedido em cada nota.|-Estão comparando com outros dois fornecedores.|Perguntaram por material reciclado; querem os certificados.|Uma segunda linha deve começar em {month}.|-Verba aprovada até {amount}.|-Deixamos uma amostra com o encarregado.|{person} sai de férias por duas semanas, o substituto decide.|+Querem tudo em uma só entrega.|+A portaria precisa da placa do caminhão na véspera."
